/** A web server for the tests of pages: the built page, other files, and answers as broken servers give them. */
import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const types: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.svg': 'image/svg+xml',
};

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export interface TestServer {
  /** Its address, which ends with a slash. */
  readonly url: string;
  /** Paths that were asked for. */
  readonly requests: string[];
  close(): void;
}

/**
 * Serves folders by the first part of the path; what is in no folder is a page. Below `plain/`, pages are not cross-origin isolated.
 *
 * @param page the folder of the page
 * @param folders paths of other folders by name
 */
export async function serve(page: string, folders: Readonly<Record<string, string>>): Promise<TestServer> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    requests.push(pathname);
    const plain = pathname.startsWith('/plain/');
    const path = plain ? pathname.slice('/plain'.length) : pathname;
    const [, first = '', ...rest] = path.split('/');
    const file = Object.hasOwn(folders, first)
      ? join(folders[first]!, ...rest)
      : join(page, path === '/' ? 'index.html' : path);
    readFile(file).then(
      (content) => {
        response.writeHead(200, {
          'Content-Type': types[extname(file)] ?? 'application/octet-stream',
          ...(!plain && isolation),
        });
        response.end(content);
      },
      () => {
        response.writeHead(404);
        response.end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://localhost:${port}/`, requests, close: () => server.close() };
}
