/** `npm run demo`, as a person runs it, but for a few steps on tiny images. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { CycleGAN } from 'ts-cyclegan';
import { fileSystem, readImage } from 'ts-cyclegan/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../support/run.js';
import { cli } from '../command.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const small = ['--size', '24', '--blocks', '1', '--filters', '2', '--test', '2'];
const program = ['--import', 'tsx', 'src/cli/main.ts', 'demo'];
const demo = (...args: string[]) => run(process.execPath, [...program, ...args], { cwd: root });
let out: string;
beforeAll(async () => {
  out = join(await mkdtemp(join(tmpdir(), 'demo-')), 'demo');
});
afterAll(async () => {
  await rm(join(out, '..'), { recursive: true });
});

test('trains, and leaves a run folder with images, scores, a page and a model', async () => {
  const { stdout } = await demo(...small, '--steps', '3', '--out', out);
  expect(stdout).toContain('639 images of A, 639 images of B');
  expect(stdout).toMatch(/^Watch it at http:\/\/127\.0\.0\.1:\d+\/$/m);
  expect(readdirSync(out)).toEqual(
    expect.arrayContaining(['checkpoints', 'config.json', 'metrics.jsonl', 'model']),
  );

  const scores = JSON.parse(await readFile(join(out, 'scores.json'), 'utf8')) as Record<
    string,
    Record<string, unknown>
  >;
  expect(scores.steps).toBe(3);
  for (const direction of ['AtoB', 'BtoA']) {
    const { doNothing, ...translated } = scores[direction]!;
    for (const [found, names] of [
      [translated, 'l1 psnr ssim colour cycle'],
      [doNothing as object, 'l1 psnr ssim colour'],
    ] as const) {
      expect(Object.keys(found).join(' ')).toBe(names);
      expect(Object.values(found).every(Number.isFinite)).toBe(true);
    }
  }
  expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('on onnxruntime');
  const sheet = await readImage(join(out, 'sheet.png'));
  expect(sheet.shape[1]).toBe(8 * (96 + 4) + 4); // eight columns of images scaled to 96 pixels
  sheet.dispose();

  const model = await CycleGAN.load(fileSystem(join(out, 'model')));
  const fake = model.translate(tf.zeros<tf.Rank.R3>([24, 24, 3]), 'AtoB');
  expect(fake.shape).toEqual([24, 24, 3]);
  fake.dispose();
  model.dispose();

  // without --steps it would measure a step first
  expect(await cli('demo', ...small, '--out', out)).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: --out: ${JSON.stringify(out)} has a run already. Resume it with --resume, or choose another folder.\n`,
  });
});

test('Ctrl-C saves, and --resume finishes it', async () => {
  const stopped = join(out, '../stopped');
  await cp(`${out}-images-24`, `${stopped}-images-24`, { recursive: true }); // to draw them takes seconds
  const args = [...small, '--steps', '200', '--out', stopped];
  const child = spawn(process.execPath, [...program, ...args], { cwd: root });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Watch it at') && !child.killed) child.kill('SIGINT');
    });
  }
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(output).toContain('Resume the demo with --resume.');
  expect(code).toBe(130);
  expect(existsSync(join(stopped, 'scores.json'))).toBe(false);
  const { step } = await lastMetrics(stopped);
  expect(step).toBeLessThan(200);
  await demo('--resume', '--steps', String(step! + 2), '--test', '1', '--out', stopped);
  const scores = JSON.parse(await readFile(join(stopped, 'scores.json'), 'utf8')) as { steps: number };
  expect(scores.steps).toBe(step! + 2);
});

/** The last line of the metrics; step 0 before the first. */
async function lastMetrics(folder: string): Promise<Record<string, number>> {
  const text = await readFile(join(folder, 'metrics.jsonl'), 'utf8');
  return JSON.parse(text.trim().split('\n').at(-1) || '{"step":0}') as Record<string, number>;
}

test.each([
  [['--sise', '32'], 'unknown option --sise. Did you mean --size?'],
  [['--size', '33'], '--size: the height of the images must be a multiple of 4, got 33.'],
  [['--steps', '0'], '--steps must be a whole number from 1, got 0'],
  [['--minutes', 'ten'], '--minutes must be a number above 0, got "ten"'],
  [['--test', '201'], 'must be a whole number from 1 to 200, got "201"'],
])('refuses %j', async (args, message) => {
  const { code, stderr } = await cli('demo', ...args, '--out', join(out, '../refused'));
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  expect(readdirSync(join(out, '..')).filter((name) => name.startsWith('refused'))).toEqual([]);
});

test('--help lists the options', async () => {
  const { stdout } = await cli('demo', '--help');
  for (const flag of ['--minutes', '--steps', '--resume', '--test', 'ts-cyclegan demo --resume'])
    expect(stdout).toContain(flag);
});
