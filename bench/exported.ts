/**
 * The exported generator G on onnxruntime-node. It only translates. The model has the operators that `torch.onnx.export` writes for
 * `peers/torch_peer.py` (checked with PyTorch 2.15, same time), so Python is not required.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as ort from 'onnxruntime-node';
import { type Attribute, encodeModel, type OnnxNode, type OnnxTensor } from '../src/onnx/index.js';
import { type Task, translatedFile } from './competitors.js';
import { serve, start } from './serve.js';

const floats = async (path: string): Promise<Float32Array> => {
  const { buffer, byteOffset, byteLength } = await readFile(path);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
};

/** The ONNX model of G, from and to [batch, 3, size, size]. Its weights are at the beginning of `values`. */
export function exportedGenerator({ size, batch, filters, blocks }: Task, values: Float32Array) {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  let taken = 0;
  const op = (op: string, inputs: string[], attributes: Record<string, Attribute> = {}): string => {
    const name = `${op}_${nodes.length}`;
    nodes.push({ op, name, inputs, outputs: [name], attributes });
    return name;
  };
  const given = (type: 'float32' | 'int64', dims: number[], data: OnnxTensor['data']): string => {
    const name = `given_${initializers.length}`;
    initializers.push({ name, type, dims, data });
    return name;
  };
  const weight = (...dims: number[]): string => {
    const from = taken;
    taken += dims.reduce((product, n) => product * n, 1);
    return given('float32', dims, values.slice(from, taken));
  };
  const ints = (...values: number[]): Attribute => ({ ints: values });
  const pad = (x: string, n: number) =>
    op(
      'Pad',
      [x, given('int64', [8], BigInt64Array.of(0n, 0n, BigInt(n), BigInt(n), 0n, 0n, BigInt(n), BigInt(n)))],
      {
        mode: { string: 'reflect' },
      },
    );
  const conv = (x: string, [from, to]: [number, number], kernel: number, stride = 1, padding = 0) =>
    op('Conv', [x, weight(to, from, kernel, kernel), weight(to)], {
      kernel_shape: ints(kernel, kernel),
      strides: ints(stride, stride),
      pads: ints(padding, padding, padding, padding),
    });
  const convTranspose = (x: string, [from, to]: [number, number]) =>
    op('ConvTranspose', [x, weight(from, to, 3, 3), weight(to)], {
      kernel_shape: ints(3, 3),
      strides: ints(2, 2),
      pads: ints(1, 1, 1, 1),
      output_padding: ints(1, 1),
    });
  const norm = (x: string, n: number) => {
    const [ones, zeros] = [1, 0].map((value) => given('float32', [n], new Float32Array(n).fill(value)));
    return op('InstanceNormalization', [x, ones!, zeros!], { epsilon: { float: 1e-5 } });
  };
  const relu = (x: string) => op('Relu', [x]);

  const [small, middle, large] = [filters, 2 * filters, 4 * filters];
  let x = relu(norm(conv(pad('x', 3), [3, small], 7), small));
  x = relu(norm(conv(x, [small, middle], 3, 2, 1), middle));
  x = relu(norm(conv(x, [middle, large], 3, 2, 1), large));
  for (let i = 0; i < blocks; i++) {
    const y = relu(norm(conv(pad(x, 1), [large, large], 3), large));
    x = op('Add', [x, norm(conv(pad(y, 1), [large, large], 3), large)]);
  }
  x = relu(norm(convTranspose(x, [large, middle]), middle));
  x = relu(norm(convTranspose(x, [middle, small]), small));
  const fake = op('Tanh', [conv(pad(x, 3), [small, 3], 7)]);

  const image = { type: 'float32', shape: [batch, 3, size, size] } as const;
  const graph = { name: 'G', nodes, initializers, inputs: [{ name: 'x', ...image }], outputs: [{ name: fake, ...image }] }; // prettier-ignore
  const model = encodeModel({ irVersion: 10, opsets: { '': 20 }, producer: 'ts-cyclegan', graph });
  return { model, fake, parameters: taken };
}

/** [batch, size, size, 3] to [batch, 3, size, size]. */
function channelsFirst({ size, batch }: Task, images: Float32Array): Float32Array {
  const pixels = size * size;
  return Float32Array.from({ length: batch * 3 * pixels }, (_, i) => {
    const [image, channel] = [Math.floor(i / (3 * pixels)), Math.floor(i / pixels) % 3];
    return images[(image * pixels + (i % pixels)) * 3 + channel]!;
  });
}

/** Throws if an image differs from ours by more than rounding. */
function checkPictures(ours: Float32Array, theirs: Float32Array): void {
  const furthest = ours.reduce((most, pixel, i) => Math.max(most, Math.abs(pixel - theirs[i]!)), 0);
  if (ours.length === theirs.length && furthest < 1e-3) return;
  throw new Error(`translates differently: a pixel of ${theirs.length} is ${furthest} from ours`);
}

export async function main(task: Task): Promise<void> {
  const values = await floats(task.values);
  const { model, fake, parameters } = exportedGenerator(task, values);
  const [images, all] = [task.batch * task.size ** 2 * 3, values.length];
  const a = channelsFirst(task, values.subarray(all - 2 * images, all - images));
  const session = await ort.InferenceSession.create(model);
  const x = new ort.Tensor('float32', a, [task.batch, 3, task.size, task.size]);
  const translate = async () => (await session.run({ x }))[fake]!.data as Float32Array;
  checkPictures(channelsFirst(task, await floats(translatedFile(task))), await translate());
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  const step = () => Promise.reject(new Error('an exported generator does not train'));
  await serve({ version: `onnxruntime-node ${version}`, parameters }, step, translate);
}

if (process.argv[2] !== undefined) start(() => main(JSON.parse(process.argv[2]!) as Task));
