/** The sitting: what is compared, how engines are checked, and a worker of ours. No Python: peers are not for tests. */
import { expect, test, vi } from 'vitest';
import { startChild } from '../../bench/child.js';
import { checkLosses, compare, points } from '../../bench/compare.js';
import { trained, succeeded } from '../../bench/results.js';
import { settingsFrom } from '../../bench/settings.js';

const node = (program: string) => startChild(process.execPath, ['-e', program]);

test('sizes at the first batch size, then batch sizes at the first size', () => {
  expect(points({ sizes: [64, 128], batches: [1, 2, 4] })).toEqual([
    [64, 1],
    [128, 1],
    [64, 2],
    [64, 4],
  ]);
});

test('an engine that computes something else is found by its losses', () => {
  const losses = [
    [1, 2, 3, 4, 5, 6, 7, 8],
    [1, 1, 1, 1, 1, 1, 1, 1],
  ];
  const changed = (step: number, i: number, by: number) =>
    losses.map((row, s) => row.map((loss, j) => (s === step && i === j ? loss * by : loss)));
  checkLosses(losses, losses);
  checkLosses(losses, changed(0, 2, 1.0009));
  checkLosses(losses, changed(1, 2, 1.019));
  expect(() => checkLosses(losses, changed(0, 2, 1.5))).toThrow(
    new Error('computes something else: loss cycle_A of step 1 is 4.5, ours 3'),
  );
  expect(() => checkLosses(losses, changed(1, 7, 1.03))).toThrow(
    new Error('computes something else: loss D_B of step 2 is 1.03, ours 1'),
  );
  expect(() => checkLosses(losses, changed(0, 0, NaN))).toThrow('G_A of step 1 is NaN');
  expect(() => checkLosses(losses, [])).toThrow('G_A of step 1 is NaN');
});

test('a program answers commands', async () => {
  const child = await node(`
    console.log(JSON.stringify({ version: 'v', parameters: 3 }));
    require('readline').createInterface(process.stdin).on('line', (line) => console.log(JSON.stringify({ line })));`);
  expect(child.hello).toEqual({ version: 'v', parameters: 3 });
  expect(await child.run('step', 4)).toEqual({ line: 'step 4' });
  expect(await child.run('translate', 1)).toEqual({ line: 'translate 1' });
  await child.end();
});

test('a program that ends early says why', async () => {
  await expect(node('console.error("first"); throw new Error("no memory")')).rejects.toThrow(
    /^ended with code 1: /,
  );
  await expect(startChild('no-such-program', [])).rejects.toThrow('spawn no-such-program ENOENT');
  const child = await node('console.log("{}"); process.stdin.once("data", () => process.exit(3))');
  await expect(child.run('step', 1)).rejects.toThrow(new Error('ended with code 3'));
});

test('our worker takes its turns', async () => {
  vi.stubEnv('TFJS_NODE', '');
  const lines: string[] = [];
  const args = '--peers --sizes 24 --filters 2 --blocks 0 --rounds 2 --steps 1 --warmup 1'.split(' ');
  const sitting = await compare({ ...settingsFrom(args), against: ['exported'] }, (line) => lines.push(line));
  vi.unstubAllEnvs();
  expect(lines.at(-2)).toBe('24 px, batch 1'); // after a warning, on a busy machine
  expect(lines.at(-1)).toMatch(/^ {2}ts-cyclegan, onnxruntime: onnxruntime [\d.]+, first step \d+ ms$/);
  const [result, exported] = sitting.comparisons[0]!.results;
  if (!trained(result!)) throw new Error(JSON.stringify(result));
  // weights and biases: G and F 294+2, 72+4, 288+8, 288+4, 72+2, 294+3; X and Y 96+2, 128+4, 512+8, 2048+16, 256+1
  expect(result.parameters).toBe(2 * (296 + 76 + 296 + 292 + 74 + 297) + 2 * (98 + 132 + 520 + 2064 + 257));
  expect(result.losses).toHaveLength(8);
  expect(result.losses[2]).toBeGreaterThan(4); // ten times the mean of |noise − almost nothing|: 5
  expect(result.losses[2]).toBeLessThan(6);
  for (const { median, lower, upper } of [result.step, result.translate]) {
    expect(lower).toBeLessThanOrEqual(median);
    expect(median).toBeLessThanOrEqual(upper);
  }
  // it has checked that its images are ours
  if (!succeeded(exported!)) throw new Error(exported!.failed);
  expect(exported).toMatchObject({ engine: 'onnxruntime-node, exported generator' });
  expect(exported.parameters).toBe(296 + 76 + 296 + 292 + 74 + 297);
  expect(exported.translate.median).toBeGreaterThan(0);
});
