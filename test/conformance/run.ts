/**
 * `npm run test:conformance`: tfjs-core's own specs against a backend.
 * Options: --backend <name> (default onnxruntime), --files <regex>, --grep <regex>, --failures, --json <file>.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { exclusions } from './exclusions.js';
import { judge, labelOf } from './judge.js';
import { coreSpecs, withBundle } from './specs.js';
import { type Result, supervise } from './supervise.js';

const reasonsOf = ({ why }: Result): readonly string[] => (why.length > 0 ? why : ['never ran']);

/** The failures' first lines, by how often they come; numbers aside. */
function reasons(failed: readonly Result[]): string[] {
  const counts = new Map<string, number>();
  for (const result of failed) {
    const why = reasonsOf(result);
    const reason = why[0]!
      .split('\n')[0]!
      .replace(/-?\d+(\.\d+)?(e-?\d+)?/g, '#')
      .slice(0, 100);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 25)
    .map(([reason, count]) => `${String(count).padStart(6)}  ${reason}`);
}

/** Which files have failures, and how many; with `why`, each failure and its reasons. */
function failures(failed: readonly Result[], why: boolean): string[] {
  if (why) return failed.map((result) => [labelOf(result), ...reasonsOf(result)].join('\n    '));
  const counts = new Map<string, number>();
  for (const { file } of failed) counts.set(file, (counts.get(file) ?? 0) + 1);
  return [...counts].map(([file, count]) => `${file}: ${count} failed`);
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string', default: 'onnxruntime' },
      files: { type: 'string', default: '' },
      grep: { type: 'string', default: '' },
      failures: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const { backend, grep } = values;
  const started = performance.now();
  const wanted = new RegExp(values.files);
  const files = (await coreSpecs()).filter(({ name }) => wanted.test(name));
  const outcome = await withBundle(files, (bundle) =>
    supervise({ backend, bundle, grep, timeoutMs: 20_000 }, 120_000),
  );
  const whole = values.files === '' && grep === '';
  const verdict = judge(outcome, backend === 'onnxruntime' ? exclusions : [], whole);
  const { passed, failed, excluded, skipped, complaints } = verdict;

  for (const line of failures(failed, values.failures)) console.log(line);
  if (failed.length > 0) console.log(['most frequent reasons', ...reasons(failed)].join('\n'));
  for (const complaint of complaints) console.log(`! ${complaint}`);
  if (values.json !== undefined) await writeFile(values.json, JSON.stringify(outcome.results, null, 1));
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`${skipped} specs skip themselves; ${seconds} s in all`);
  console.log(`${passed} passed, ${failed.length} failed, ${excluded} excluded`);
  return verdict.ok;
}

main().then(
  (ok) => {
    process.exitCode = ok ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
