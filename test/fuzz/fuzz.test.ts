/** Random programs of fixed seeds give on the ONNX Runtime backend what they give on cpu; the fuzzer itself finds faults. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { useBackend } from '../golden/backends.js';
import { withoutLeaks } from '../support/leaks.js';
import { execute } from './execute.js';
import { fuzz, printed } from './fuzz.js';
import { minimise } from './minimise.js';
import { randomConvolution, randomProgram } from './program.js';
import { settingsFrom } from './settings.js';

beforeAll(async () => {
  await useBackend('onnxruntime-winograd');
  await useBackend('onnxruntime');
  vi.spyOn(console, 'warn').mockReturnValue(undefined); // tfjs warns of tensors in conditions
});

const none = { programs: 0, convolutions: 0, seed: 1, backend: 'onnxruntime' };

describe('programs of fixed seeds give the same as on cpu', () => {
  test.each([1000, 2000, 3000, 4000])('from seed %j on', (seed) =>
    withoutLeaks(() => {
      expect(fuzz({ ...none, programs: 250, seed }).map(printed)).toEqual([]);
    }),
  );

  test.each(['onnxruntime', 'onnxruntime-winograd'])('convolutions on %s', (backend) =>
    withoutLeaks(() => {
      expect(fuzz({ ...none, convolutions: 200, seed: 5000, backend }).map(printed)).toEqual([]);
    }),
  );
});

test('one seed gives one program, which runs on cpu', () =>
  withoutLeaks(() => {
    for (const draw of [randomProgram, randomConvolution]) {
      const program = draw(42);
      expect(draw(42)).toEqual(program);
      expect(draw(43)).not.toEqual(program);
      const { shown, error } = execute(program, 'cpu');
      expect(error).toBeUndefined();
      expect(shown.length).toBeGreaterThan(0);
    }
  }));

test('a program is made as short as it can be', () => {
  const program = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const tried: string[] = [];
  const short = minimise(program, (lines) => {
    tried.push(lines.join(''));
    return lines.includes('b') && lines.includes('f');
  });
  expect(short).toEqual(['b', 'f']);
  expect(tried.length).toBeLessThan(30);
});

test('a fault is found, and printed as a program that runs by itself', () =>
  withoutLeaks(() => {
    const kernel = tf.getKernel('Abs', 'onnxruntime');
    tf.unregisterKernel('Abs', 'onnxruntime');
    tf.registerKernel({
      ...kernel,
      kernelFunc: (call) => tf.getKernel('Neg', 'onnxruntime').kernelFunc(call),
    });
    try {
      const found = fuzz({ ...none, programs: 100, seed: 1 });
      expect(found.length).toBeGreaterThan(0);
      for (const { program } of found)
        expect(program.join('\n')).toMatch(/tf\.abs\(|absoluteDifference|huberLoss|norm\(/);
      expect(printed(found[0]!).split('\n').slice(1, 6)).toEqual([
        "import * as tf from '@tensorflow/tfjs';",
        "import * as ort from 'onnxruntime-node';",
        "import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';",
        'registerOnnxRuntimeBackend(ort);',
        "await tf.setBackend(process.argv[2] ?? 'onnxruntime'); // or cpu",
      ]);
    } finally {
      tf.unregisterKernel('Abs', 'onnxruntime');
      tf.registerKernel(kernel);
    }
  }));

describe('the command line', () => {
  const print = vi.fn();

  test('has defaults', () => {
    expect(settingsFrom([], print)).toEqual({
      programs: 1000,
      convolutions: 250,
      seed: 1,
      backend: 'onnxruntime',
    });
    expect(settingsFrom(['--programs', '5', '--seed', '7', '--convolutions', '0'], print)).toEqual({
      programs: 5,
      convolutions: 0,
      seed: 7,
      backend: 'onnxruntime',
    });
    expect(print).not.toHaveBeenCalled();
  });

  test('prints its help, with what is wrong on cpu', () => {
    expect(settingsFrom(['--help'], print)).toBeUndefined();
    expect(print).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('TensorScatterUpdate writes into its input.')); // prettier-ignore
  });

  test.each([
    [['--programs', 'x'], 'fuzz: --programs must be a whole number from 0 to 999999999, got "x".'],
    [['--seed=-1'], 'fuzz: --seed must be a whole number from 0 to 999999999, got "-1".'],
    [['--backend', 'cpu'], 'fuzz: --backend must be onnxruntime or onnxruntime-winograd, got "cpu".'],
  ])('refuses %j', (args, message) => {
    expect(() => settingsFrom(args, print)).toThrow(new Error(message));
  });
});
