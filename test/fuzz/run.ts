import * as tf from '@tensorflow/tfjs';
import { useBackend } from '../golden/backends.js';
import * as ort from 'onnxruntime-node';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { makers } from './execute.js';
import { difference } from './compare.js';
import { minimise } from './minimise.js';
import { randomConvolution, randomProgram } from './program.js';

const n = Number(process.argv[2] ?? 100),
  seed = Number(process.argv[3] ?? 1),
  kind = process.argv[4] ?? 'p';
const backend = process.argv[5] ?? 'onnxruntime';
await useBackend(backend);
makers.set(backend, () =>
  registerOnnxRuntimeBackend(ort, { name: backend, winograd: backend === 'onnxruntime' ? 'auto' : 'always' }),
);
tf.enableProdMode();
console.warn = () => undefined;
let found = 0;
const seen = new Set<string>();
for (let i = 0; i < n; i++) {
  if (i % 250 === 0) console.log('at', i, process.cpuUsage().user / 1e6);
  if (process.env.V) console.log('p', seed + i);
  const program = kind === 'p' ? randomProgram(seed + i) : randomConvolution(seed + i);
  let what: string | undefined;
  try {
    what = difference(program, backend);
  } catch (e) {
    what = 'harness: ' + (e as Error).stack;
  }
  if (what === undefined) continue;
  found++;
  const small = what.startsWith('harness')
    ? program
    : minimise(program, (p) => {
        try {
          return difference(p, backend) !== undefined;
        } catch {
          return false;
        }
      });
  const ops =
    small
      .join(' ')
      .match(/tf\.[a-zA-Z.]+\(/g)
      ?.filter((x) => !/tensor|show/.test(x))
      .sort()
      .join(' ') ?? '';
  if (seen.has(ops)) {
    console.log('again', seed + i, ops);
    continue;
  }
  seen.add(ops);
  console.log(
    `--- seed ${seed + i}: ${what.slice(0, 300)}\n    ${difference(small, backend)?.slice(0, 400)}`,
  );
  console.log(small.join('\n'));
}
console.log({ n, found, cpu: process.cpuUsage().user / 1e6, tensors: tf.memory().numTensors });
process.exit(0);
