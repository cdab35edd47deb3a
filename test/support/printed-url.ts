/** The address of a server that is another process. */
import type { ChildProcess } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

/** Waits until `vite preview` prints its address. */
export function printedUrl(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const listen = (chunk: Buffer) => {
      printed += chunk.toString();
      const found = /http:\/\/localhost:\d+\//.exec(stripVTControlCharacters(printed)); // vite colours it in CI
      if (found) resolve(found[0]);
    };
    server.stdout!.on('data', listen);
    server.stderr!.on('data', listen);
    server.on('exit', () => reject(new Error(`vite preview ended:\n${printed}`)));
  });
}
