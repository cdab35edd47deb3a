/** `npm run bench`: what it prints and writes; figures of time are never judged by a test. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../support/run.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bench = (...args: string[]) =>
  run(process.execPath, ['--import', 'tsx', 'bench/run.ts', ...args], { cwd: root });

test('measures a step and a translation, and writes the figures', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const json = join(folder, 'figures.json');
    const { stdout } = await bench(
      '--size',
      '24',
      '--filters',
      '2',
      '--blocks',
      '0',
      '--steps',
      '2',
      '--json',
      json,
    );
    expect(stdout).toMatch(
      /^cpu 4\.22\.0, pytorch, 24 px, 2 filters, 0 blocks, batch 1\nstep +[\d.]+ ms \([\d.]+ to [\d.]+\), \d+ kernels, at the peak \d+ tensors of \d+ MB\n/,
    );
    const { step, translate, peakRssBytes, engine } = JSON.parse(await readFile(json, 'utf8')) as Record<
      string,
      Record<string, number>
    >;
    expect(engine).toBe('cpu');
    expect(step!.kernels).toBeGreaterThan(translate!.kernels!);
    for (const figures of [step!, translate!]) {
      expect(figures.minMs).toBeLessThanOrEqual(figures.medianMs!);
      expect(figures.medianMs).toBeLessThanOrEqual(figures.maxMs!);
      expect(figures.peakBytes).toBeGreaterThan(4 * 24 * 24 * 3);
    }
    expect(peakRssBytes).toBeGreaterThan(10e6);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('options of the engine, side by side', async () => {
  const small = ['--size', '24', '--filters', '2', '--blocks', '0', '--steps', '2'];
  const options = ['--options', '{"threads":1}', '--beside', '{"withoutPasses":["foldPadding"]}'];
  const { stdout } = await bench('--engine', 'onnxruntime', ...small, ...options);
  const times = 'step [\\d.]+ ms \\(from [\\d.]+ ms\\), compiling [\\d.]+ ms';
  expect(stdout).toMatch(
    new RegExp(
      `^\\{"threads":1\\}: ${times}\n\\{"withoutPasses":\\["foldPadding"\\]\\}: ${times}\nmedians [\\d.]+, the fastest [\\d.]+\n$`,
    ),
  );
});

test('a soak prints memory at twenty steps, and how it has grown', async () => {
  const small = ['--size', '24', '--filters', '2', '--blocks', '0', '--soak', '20'];
  const lines = (await bench('--engine', 'onnxruntime', ...small)).stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(22);
  expect(lines[0]).toMatch(/^ +step +resident +heap +buffers +tensors$/);
  expect(lines[20]).toMatch(/^ +20 +[\d.]+ MB +[\d.]+ MB +[\d.]+ MB +\d+$/);
  expect(lines[21]).toMatch(
    /^resident memory (holds|grows): -?[\d.]+ % from the second quarter of the steps to the last$/,
  );
});

test('what is wrong ends it', async () => {
  await expect(bench('--engine', 'cuda')).rejects.toThrow('unknown backend "cuda"');
});
