/** An engine in a process of its own. It runs steps and translations on command, and reports their times. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Its message when it is ready. */
export interface Hello {
  version: string;
  parameters: number;
}

export interface Answer {
  /** Milliseconds of each run. */
  ms: number[];
  /** Losses of each step, in the order of `lossNames`. */
  losses: number[][];
  peakRssBytes: number;
}

export interface Child {
  hello: Hello;
  run: (what: 'step' | 'translate', count: number) => Promise<Answer>;
  end: () => Promise<void>;
}

/** Starts a program. If it exits without an answer, the promise rejects with the end of its stderr. */
export async function startChild(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Child> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'pipe' });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)));
  child.stdin.on('error', () => undefined); // reported by `ended`
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      const last = errors.trim().split('\n').at(-1) ?? '';
      resolve(`ended with ${signal ?? `code ${code}`}${last && `: ${last}`}`);
    });
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done) throw new Error(await ended);
    return JSON.parse(line.value);
  };
  return {
    hello: (await answer()) as Hello,
    run(what, count) {
      child.stdin.write(`${what} ${count}\n`);
      return answer() as Promise<Answer>;
    },
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}
