/** What a comparison is made into: spreads, tables, plots, files. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { comparisonTable } from '../../bench/page.js';
import { decades, logPlot } from '../../bench/plot.js';
import { report } from '../../bench/report.js';
import { type Comparison, type Figures, type Sitting, spread, withSitting } from '../../bench/results.js';
import { emptyFolder } from '../support/folder.js';

const figures = (engine: string, stepMs: number): Figures => ({
  engine,
  version: `${engine} 1.2`,
  parameters: 1234567,
  losses: [1, 1, 5, 5, 2, 2, 1, 1],
  firstMs: 2345,
  step: { median: stepMs, lower: stepMs - 10, upper: stepMs * 2 },
  translate: { median: 20, lower: 19.5, upper: 20.26 },
  peakRssBytes: 1.5e9,
});
const comparison = (size: number, batch: number, ours: number): Comparison => ({
  size,
  batch,
  results: [figures('ours', ours), figures('keras', 500), { engine: 'torch', failed: 'ended with a | b' }],
});
const sitting = (...comparisons: Comparison[]): Sitting => ({
  filters: 32,
  blocks: 6,
  rounds: 5,
  steps: 4,
  machine: 'Z80, 1 core',
  comparisons,
});

test('tells the median and the quartiles', () => {
  expect(spread([5, 1, 3, 2, 4])).toEqual({ median: 3, lower: 2, upper: 4 });
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, lower: 1.5, upper: 3.5 });
  expect(spread([7])).toEqual({ median: 7, lower: 7, upper: 7 });
});

test('writes a table with one line an engine', () => {
  expect(comparisonTable(comparison(64, 1, 800)).split('\n')).toEqual([
    '| engine | step | times ours | first step | peak memory | translation | times ours | parameters |',
    '| --- | --: | --: | --: | --: | --: | --: | --: |',
    '| ours | 800 ms (790 ms to 1.60 s) | 1.00 | 2.35 s | 1.50 GB | 20 ms (19.5 ms to 20.3 ms) | 1.00 | 1,234,567 |',
    '| keras | 500 ms (490 ms to 1.00 s) | 0.63 | 2.35 s | 1.50 GB | 20 ms (19.5 ms to 20.3 ms) | 1.00 | 1,234,567 |',
    '| torch | ended with a \\| b |  |  |  |  |  |  |',
  ]);
});

test('leaves out what an engine that only translates does not do', () => {
  const { step: _s, firstMs: _f, losses: _l, peakRssBytes: _p, ...translated } = figures('exported', 1);
  const table = comparisonTable({ size: 64, batch: 1, results: [figures('ours', 800), translated] });
  expect(table.split('\n')[3]).toBe(
    '| exported |  |  |  |  | 20 ms (19.5 ms to 20.3 ms) | 1.00 | 1,234,567 |',
  );
});

test('compares with nothing where ours failed', () => {
  const { results } = comparison(64, 1, 800);
  const table = comparisonTable({ size: 64, batch: 1, results: [results[2]!, results[1]!] });
  expect(table).toContain('| keras | 500 ms (490 ms to 1.00 s) |  | 2.35 s |');
});

test('a sitting takes the place of one of the same network', () => {
  const [small, large] = [sitting(), { ...sitting(), filters: 64, blocks: 9 }];
  const again = { ...sitting(), rounds: 7 };
  expect(withSitting([large], small)).toEqual([small, large]);
  expect(withSitting([small, large], again)).toEqual([again, large]);
});

test('ticks of a logarithmic axis enclose the values', () => {
  expect(decades(30, 400)).toEqual([20, 50, 100, 200, 500]);
  expect(decades(0.2, 1)).toEqual([0.2, 0.5, 1]);
  expect(decades(5, 5)).toEqual([5]);
});

test('plots on logarithmic axes', () => {
  const svg = logPlot(
    [
      { name: 'ours', points: [[1, 10], [10, 100], [100, 1000]] },
      { name: 'a < b', points: [[1, 1000], [100, 10]] },
    ],
    { title: 't', xLabel: 'x', yLabel: 'y', xTicks: [1, 10, 100].map((x) => ({ x, label: `${x}` })), yFormat: String },
  ); // prettier-ignore
  const points = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map((c) => [
    Number(c[1]),
    Number(c[2]),
  ]);
  // 92 to 484 across, 380 up to 48: equal ratios are equal distances
  expect(points).toEqual([
    [92, 380],
    [288, 214],
    [484, 48],
    [92, 48],
    [484, 380],
  ]);
  expect(svg).toContain('<path d="M92 380L484 48" stroke="#888" stroke-dasharray="5 4"/>'); // proportional
  expect(svg).toContain('>a &lt; b</text>');
});

test('writes the page, the figures and the plots, and keeps other networks', async () => {
  const folder = await emptyFolder();
  const paper = { filters: 64, blocks: 9, warning: 'busy' };
  await report(folder, { ...sitting(comparison(256, 1, 9000)), ...paper });
  await report(folder, sitting(comparison(64, 1, 100), comparison(64, 4, 400), comparison(128, 1, 300)));

  const page = await readFile(join(folder, 'benchmark.md'), 'utf8');
  expect(page.match(/^#.*$/gm)).toEqual([
    '# Benchmark',
    '## 32 filters, 6 residual blocks',
    '### 64 px, batch 1',
    '### 64 px, batch 4',
    '### 128 px, batch 1',
    '## 64 filters, 9 residual blocks',
    '### 256 px, batch 1',
  ]);
  expect(page).toContain('Z80, 1 core. ours 1.2; keras 1.2. Rounds: 5, of 4 steps.\n');
  expect(page.match(/\*\*Warning.*$/gm)).toEqual(['**Warning: busy.**']);
  expect(page.match(/images\/.*svg/g)).toEqual([
    'images/benchmark-32x6-pixels.svg',
    'images/benchmark-32x6-batch.svg',
  ]);
  expect(await readdir(join(folder, 'images'))).toEqual([
    'benchmark-32x6-batch.svg',
    'benchmark-32x6-pixels.svg',
  ]);
  const batch = await readFile(join(folder, 'images/benchmark-32x6-batch.svg'), 'utf8');
  expect(batch.match(/<circle/g)).toHaveLength(4); // two engines at two batch sizes
  const pixels = await readFile(join(folder, 'images/benchmark-32x6-pixels.svg'), 'utf8');
  expect(pixels).toContain('>64²</text>');
  expect(JSON.parse(await readFile(join(folder, 'benchmark.json'), 'utf8'))).toHaveLength(2);
});
