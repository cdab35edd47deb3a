/** The protocol of `peers/peer.py` for programs in TypeScript: one line of JSON for each line of input. */
import { createInterface } from 'node:readline';
import type { Answer, Hello } from './child.js';

/** @param step returns the losses of a step, in the order of `lossNames` */
export async function serve(
  hello: Hello,
  step: () => Promise<number[]>,
  translate: () => Promise<unknown>,
): Promise<void> {
  const answer = (values: Hello | Answer) => process.stdout.write(`${JSON.stringify(values)}\n`);
  answer(hello);
  for await (const line of createInterface(process.stdin)) {
    const [command, count] = line.split(' ');
    const ms: number[] = [];
    const losses: number[][] = [];
    for (let i = 0; i < Number(count); i++) {
      const start = performance.now();
      if (command === 'step') losses.push(await step());
      else await translate();
      ms.push(performance.now() - start);
    }
    answer({ ms, losses, peakRssBytes: process.resourceUsage().maxRSS * 1024 });
  }
}

/** Runs a program, and prints the error if it fails. */
export function start(program: () => Promise<void>): void {
  program().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
