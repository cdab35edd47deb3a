/**
 * `npm run test:conformance`: tfjs-core's own specs against a backend.
 * Options: --backend <name> (default onnxruntime), --files <regex>, --grep <regex>, --failures, --json <file>.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { exclusions } from './exclusions.js';
import { judge, labelOf } from './judge.js';
import { bundle, coreSpecs } from './specs.js';
import { type Result, supervise } from './supervise.js';

/** The failures' first lines, by how often they come; numbers aside. */
function reasons(failed: readonly Result[]): string[] {
  const counts = new Map<string, number>();
  for (const { why } of failed) {
    const reason = (why[0] ?? 'never ran')
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
  const wanted = new RegExp(values.files);
  const files = (await coreSpecs()).filter(({ name }) => wanted.test(name));
  const path = await bundle(files, 'core');
  const outcome = await supervise({ backend, bundle: path, grep, timeoutMs: 20_000 }, 120_000);
  const whole = values.files === '' && grep === '';
  const verdict = judge(outcome, backend === 'onnxruntime' ? exclusions : [], whole);
  const { passed, failed, excluded, skipped, complaints } = verdict;

  for (const result of failed) {
    console.log(labelOf(result));
    if (values.failures) console.log(`    ${result.why.join('\n    ')}`);
  }
  if (failed.length > 0) console.log(['most frequent reasons', ...reasons(failed)].join('\n'));
  for (const complaint of complaints) console.log(`! ${complaint}`);
  if (values.json !== undefined) await writeFile(values.json, JSON.stringify(outcome.results, null, 1));
  if (skipped > 0) console.log(`${skipped} specs skip themselves`);
  console.log(`${passed} passed, ${failed.length} failed, ${excluded} excluded`);
  return failed.length === 0 && complaints.length === 0;
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
