/** Tries programs one after the other, and makes those that differ short. */
import { elsewhere, noise } from './drawing.js';
import { difference } from './compare.js';
import { minimise } from './minimise.js';
import { type Program, randomConvolution, randomProgram } from './program.js';
import { type Settings } from './settings.js';

/** A program that gives something else than on cpu. */
export interface Found {
  readonly kind: 'program' | 'convolution';
  readonly seed: number;
  readonly what: string;
  readonly program: Program;
}

/** @param progress is told how many were tried, and what the last one showed */
export function fuzz(
  settings: Settings,
  progress: (tried: number, found?: Found) => void = () => undefined,
): Found[] {
  const { programs, convolutions, seed, backend } = settings;
  const found: Found[] = [];
  for (let i = 0; i < programs + convolutions; i++) {
    const kind = i < programs ? 'program' : 'convolution';
    const own = seed + (kind === 'program' ? i : i - programs);
    const program = kind === 'program' ? randomProgram(own) : randomConvolution(own);
    if (difference(program, backend) === undefined) {
      progress(i + 1);
      continue;
    }
    const short = minimise(program, (shorter) => difference(shorter, backend) !== undefined);
    const one: Found = { kind, seed: own, what: difference(short, backend)!, program: short };
    found.push(one);
    progress(i + 1, one);
  }
  return found;
}

/** A program that runs by itself, in a folder where tfjs and onnxruntime-node are installed. */
export const printed = ({ kind, seed, what, program }: Found): string =>
  [
    `// ${kind} of seed ${seed}: ${what}`,
    `import * as tf from '@tensorflow/tfjs';`,
    `import * as ort from 'onnxruntime-node';`,
    `import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';`,
    `registerOnnxRuntimeBackend(ort);`,
    `await tf.setBackend(process.argv[2] ?? 'onnxruntime'); // or cpu`,
    `const show = (x) => console.log(x.dtype, x.shape, x.dataSync());`,
    ...Object.entries({ noise, elsewhere })
      .filter(([name]) => program.some((line) => line.includes(`${name}(`)))
      .map(([name, helper]) => `const ${name} = ${helper.toString()};`),
    ...program,
  ].join('\n');
