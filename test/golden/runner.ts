/** Runs the cases of a folder on the backend that is set, one line a case. */
import * as tf from '@tensorflow/tfjs';
import { compare, type Worst } from './compare.js';
import { listCases, readCase, type GoldenCase } from './format.js';
import { kinds } from './kinds/index.js';

/** How a case came out. */
export interface Verdict extends Worst {
  case: string;
  kind: string;
  ok: boolean;
  /** Why a case could not be run to its end. */
  reason?: string;
}

/** Reads and runs one case. Never rejects: whatever goes wrong makes the case fail. */
export async function runCase(folder: string, name: string): Promise<Verdict> {
  return judge(name, read(folder, name));
}

/**
 * Runs the cases of `folder`, only those of the kinds `only` if given, and prints a line for each and
 * the total. True if there was a case and all is well.
 */
export async function runFolder(
  folder: string,
  only: readonly string[] | undefined,
  print: (line: string) => void,
): Promise<boolean> {
  const unknown = only?.filter((kind) => !kinds.has(kind)) ?? [];
  for (const kind of unknown) print(`unknown kind ${kind}; known: ${[...kinds.keys()].join(', ')}`);

  let passed = 0;
  let failed = 0;
  for (const name of listCases(folder)) {
    const golden = read(folder, name);
    if (only && !(golden instanceof Error) && !only.includes(golden.kind)) continue;
    const verdict = await judge(name, golden);
    print(line(verdict));
    if (verdict.ok) passed++;
    else failed++;
  }
  print(`${passed} passed, ${failed} failed`);
  return passed > 0 && failed === 0 && unknown.length === 0;
}

function read(folder: string, name: string): GoldenCase | Error {
  try {
    return readCase(folder, name);
  } catch (error) {
    return error as Error;
  }
}

async function judge(name: string, golden: GoldenCase | Error): Promise<Verdict> {
  const kind = golden instanceof Error ? '?' : golden.kind;
  tf.engine().startScope();
  try {
    if (golden instanceof Error) throw golden;
    const run = kinds.get(kind);
    if (!run) throw new Error('unknown kind');
    const worst = compare(golden, await run(golden));
    return { case: name, kind, ...worst, ok: worst.error <= 1 };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { case: name, kind, error: Infinity, name: '-', ok: false, reason };
  } finally {
    tf.engine().endScope();
    tf.disposeVariables();
  }
}

/** One line for one case, whatever characters its names hold. */
function line({ case: name, kind, error, name: worst, ok, reason }: Verdict): string {
  const columns = [name.padEnd(26), kind.padEnd(16), format(error).padStart(9), worst.padEnd(48)];
  const text = [...columns, ok ? 'ok' : 'FAILED', ...(reason === undefined ? [] : [`(${reason})`])].join(' ');
  return text.replace(/\p{C}+/gu, ' ');
}

const format = (error: number) => (error === 0 || error === Infinity ? String(error) : error.toPrecision(3));
