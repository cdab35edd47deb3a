/** The rules of the conformance run, on specs of our own; and the run itself. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../support/run.js';
import { judge } from './judge.js';
import { withBundle } from './specs.js';
import { type Outcome, supervise } from './supervise.js';

/** Given to the runner as text: the skipped spec is there so that it is counted as such. */
const specs = `
  describe('suite', () => {
    it('passes', () => expect(1).toBe(1));
    it('fails', () => expect(1).toBe(2));
    xit('skips itself', () => {});
    it('hangs', () => { for (;;); });
    it('crashes', () => process.kill(process.pid, 'SIGSEGV'));
    it('comes last', () => {
      expect(2).toBe(2);
      process.on('exit', () => process.kill(process.pid, 'SIGABRT')); // as an engine that crashes at the end
    });
  });`;

/** What an engine printed before it crashed comes after. */
const firstLine = (text: string) => text.split('\n')[0];

test('failing, hanging and crashing specs are told apart, and the rest runs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'own.js'), specs);
  await writeFile(join(folder, 'broken.js'), "throw new Error('no');");
  const files = ['own', 'broken'].map((name) => ({ name, path: join(folder, `${name}.js`) }));
  const outcome = await withBundle(files, (bundle) =>
    supervise({ backend: 'cpu', bundle, grep: '', timeoutMs: 1000 }, 2000),
  );
  expect(outcome.problems.map(firstLine)).toEqual([
    'broken cannot be loaded: Error: no',
    'the worker ended outside of specs: the process ended by SIGABRT',
  ]);
  expect(outcome.results.map(({ name, status, why }) => [name, status, why[0] && firstLine(why[0])])).toEqual(
    [
      ['suite passes', 'passed', undefined],
      ['suite fails', 'failed', 'Expected 1 to be 2.'],
      ['suite skips itself', 'pending', undefined],
      ['suite hangs', 'failed', 'no progress for 2 s'],
      ['suite crashes', 'failed', 'the process ended by SIGSEGV'],
      ['suite comes last', 'passed', undefined],
    ],
  );
});

const outcome: Outcome = {
  problems: [],
  results: [
    { id: '1', file: 'f', name: 'good', status: 'passed', why: [] },
    { id: '2', file: 'f', name: 'bad', status: 'failed', why: ['x'] },
    { id: '3', file: 'f', name: 'lost', status: 'never ran', why: [] },
    { id: '4', file: 'f', name: 'not here', status: 'pending', why: [] },
  ],
};

test('exclusions must fail, exist, and be few', () => {
  const exclude = (...specs: string[]) => specs.map((spec) => ({ spec, reason: 'r' }));
  const fine = judge(outcome, exclude('f > bad', 'f > lost'), true);
  expect({ ...fine, failed: fine.failed.length }).toEqual({
    passed: 1,
    failed: 0,
    excluded: 2,
    skipped: 1,
    complaints: [],
    ok: true,
  });
  const failing = judge(outcome, [], true);
  expect(failing.failed.map(({ name }) => name)).toEqual(['bad', 'lost']);
  expect(failing.ok).toBe(false);
  expect(judge(outcome, exclude('f > good', 'f > not here', 'f > gone'), true).complaints).toEqual([
    'passes, so need not be excluded: f > good',
    'skips itself, so need not be excluded: f > not here',
    'is excluded, but there is no such spec: f > gone',
  ]);
  expect(judge(outcome, exclude('f > bad', 'f > lost', 'f > gone'), true).ok).toBe(false);
  const many = exclude(...Array.from({ length: 11 }, (_, i) => `f > ${i}`));
  expect(judge(outcome, many, false).complaints).toEqual(['11 specs are excluded; at most 10 may be']);
  expect(judge({ results: [], problems: ['p'] }, [], false).complaints).toEqual(['p', 'no spec ran']);
});

test('the ONNX Runtime backend passes the specs of tfjs-core', { timeout: 600_000 }, async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const args = ['run', '--silent', 'test:conformance', '--', '--failures'];
  const { stdout } = await run('npm', args, { cwd: root }); // rejects if it fails
  console.log(stdout.trim().split('\n').at(-1));
  expect(stdout).toMatch(/(^|\n)\d{4} passed, 0 failed, \d+ excluded\n$/);
});
