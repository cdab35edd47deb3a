/** `npm run demo`, as a person runs it, but for a few steps on tiny images. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { CycleGAN } from 'ts-cyclegan';
import { fileSystem, readImage } from 'ts-cyclegan/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const small = ['--size', '24', '--blocks', '1', '--filters', '2', '--test', '2'];
const demo = (...args: string[]) =>
  run(process.execPath, ['--import', 'tsx', 'demo/main.ts', ...args], { cwd: root });
let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'demo-'));
});
afterAll(async () => {
  await rm(out, { recursive: true });
});

test('trains, and leaves images, scores, a page and a model', async () => {
  const { stdout, stderr } = await demo(...small, '--steps', '3', '--out', out);
  expect(stdout).toContain('639 drawings, 639 colour images, 200 test pairs');
  expect(stdout).toMatch(/^Engine: ONNX Runtime [\d.]+, CPU/);
  expect(stderr).toMatch(/step 3 \| 0:00 left \| D [\d.]+ [\d.]+ \| G [\d.]+ [\d.]+ \| cycle /);

  const scores = JSON.parse(await readFile(join(out, 'scores.json'), 'utf8')) as Record<
    string,
    Record<string, unknown>
  >;
  expect(scores.steps).toBe(3);
  for (const direction of ['AtoB', 'BtoA']) {
    const { doNothing, ...translated } = scores[direction]!;
    for (const [found, names] of [
      [translated, 'l1 ssim colour cycle'],
      [doNothing as object, 'l1 ssim colour'],
    ] as const) {
      expect(Object.keys(found).join(' ')).toBe(names);
      expect(Object.values(found).every(Number.isFinite)).toBe(true);
    }
  }
  expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('on ONNX Runtime');
  const sheet = await readImage(join(out, 'sheet.png'));
  expect(sheet.shape[1]).toBe(8 * (96 + 4) + 4); // eight columns of images scaled to 96 pixels
  sheet.dispose();

  const model = await CycleGAN.load(fileSystem(join(out, 'model')));
  const fake = model.translate(tf.zeros<tf.Rank.R3>([24, 24, 3]), 'AtoB');
  expect(fake.shape).toEqual([24, 24, 3]);
  fake.dispose();
  model.dispose();
});

test('Ctrl-C ends the training, not the program: what there is is written', async () => {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'demo/main.ts', ...small, '--out', join(out, 'stopped')],
    {
      cwd: root,
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('step 0 ') && !child.killed) child.kill('SIGINT');
    });
  }
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(output).toContain('Stopping after this step');
  expect(code).toBe(0);
  const scores = JSON.parse(await readFile(join(out, 'stopped/scores.json'), 'utf8')) as { steps: number };
  expect(scores.steps).toBeLessThan(1000);
});

test.each([
  [['--sise', '32'], "Unknown option '--sise'"],
  [['--size', '33'], '--size must be a multiple of 4, got 33'],
  [['--steps', '0'], '--steps must be a whole number from 1, got "0"'],
  [['--minutes', 'ten'], '--minutes must be a number above 0, got "ten"'],
  [['--test', '201'], '--test must be at most 200, the number of test pairs, got 201'],
])('refuses %j', async (args, message) => {
  await expect(demo(...args)).rejects.toThrow(message);
});

test('--help lists the options', async () => {
  expect((await demo('--help')).stdout).toContain(
    '--minutes N   minutes of training                 (20, or 1200 steps)',
  );
});
