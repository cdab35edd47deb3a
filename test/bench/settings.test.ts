/** The benchmark's command line. */
import { expect, test } from 'vitest';
import { settingsFrom } from '../../bench/settings.js';

test('measures the cpu backend alone by default', () => {
  expect(settingsFrom([])).toEqual({
    engine: 'cpu', size: 64, filters: 8, blocks: 2, batch: 1, steps: 5, warmup: 2, convention: 'pytorch',
    memory: undefined, json: undefined, options: undefined, beside: undefined, soak: undefined, tile: undefined, peers: false, against: ['keras', 'torch', 'torch-compile', 'exported'],
    rounds: 5, sizes: [64], batches: [1], out: 'docs',
  }); // prettier-ignore
});

test('measures ONNX Runtime and a larger network beside peers', () => {
  expect(settingsFrom(['--peers'])).toMatchObject({
    peers: true,
    engine: 'onnxruntime',
    filters: 32,
    blocks: 6,
  });
  const args = '--peers --rounds 3 --sizes 64,128 --batches 1,2,8 --against keras,torch-bf16 --out page';
  expect(settingsFrom(args.split(' '))).toMatchObject({
    rounds: 3,
    sizes: [64, 128],
    batches: [1, 2, 8],
    against: ['keras', 'torch-bf16'],
    out: 'page',
  });
});

test('takes options of the engine, and others to measure beside them', () => {
  const args = '--engine onnxruntime --options {"threads":1} --beside {"winograd":"never"}';
  expect(settingsFrom(args.split(' '))).toMatchObject({
    options: { threads: 1 },
    beside: { winograd: 'never' },
  });
});

test('takes recipes and seeds to compare their quality', () => {
  expect(settingsFrom(['--quality'])).toMatchObject({ quality: { names: [], seeds: [1, 2] }, out: 'docs' });
  const args = '--quality --recipes base,demo --seeds 3 --out page';
  expect(settingsFrom(args.split(' '))).toMatchObject({
    quality: { names: ['base', 'demo'], seeds: [3] },
    out: 'page',
  });
});

test.each([
  ['--size x', '--size must be a whole number from 1, got "x"'],
  ['--convention torch', '--convention must be keras or pytorch, got "torch"'],
  ['--seeds 1', '--seeds requires --quality'],
  ['--out page', '--out requires --peers or --quality'],
  ['--quality --seeds 0', '--seeds must be whole numbers from 1, separated by commas, got "0"'],
  ['--beside {}', '--beside requires --engine onnxruntime'],
  ['--peers --options {}', '--options cannot be combined with --peers'],
  [
    '--engine onnxruntime --options winograd',
    '--options must be JSON, such as \'{"winograd":"never"}\', got "winograd"',
  ],
  ['--peers --size 64', '--size cannot be combined with --peers'],
  ['--peers --json figures.json', '--json cannot be combined with --peers'],
  ['--sizes 64', '--sizes requires --peers'],
  ['--peers --sizes 64,x', '--sizes must be whole numbers from 1, separated by commas, got "64,x"'],
  ['--peers --batches 0', '--batches must be whole numbers from 1, separated by commas, got "0"'],
  ['--peers --rounds 0', '--rounds must be a whole number from 1, got "0"'],
  [
    '--peers --against jax',
    '--against must be a list of keras, torch, torch-compile, torch-bf16, exported, separated by commas, got "jax"',
  ],
])('refuses %s', (line, message) => {
  expect(() => settingsFrom(line.split(' '))).toThrow(new Error(message));
});
