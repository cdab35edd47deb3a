/** What a tiny CycleGAN gives on the backend in use: a translation, the losses of ten steps, and whether it resumes bit for bit. */
import * as tf from '@tensorflow/tfjs';
import { CycleGAN, type CycleGANOptions, CycleGANTrainer, type TrainerState } from 'ts-cyclegan';
import type { OnnxRuntimeBackend, OnnxRuntimeStats } from 'ts-cyclegan/backends/onnxruntime';

export interface Outcome {
  translation: number[];
  losses: number[];
  /** Whether a trainer that resumes after half of the steps ends with the same state, bit for bit. */
  resumes: boolean;
  /** What `stats()` counts in each step after the first; undefined on other backends. */
  steps: Partial<OnnxRuntimeStats>[];
  /** Tensors left behind. */
  leaked: number;
}

/** The images: [1, size, size, 3]. A GPU in software, and plain JavaScript, are slow. */
export const size = 16;

const steps = 10;
const half = steps / 2;

const image = (seed: number, of = size): tf.Tensor4D =>
  tf.randomUniform([1, of, of, 3], -1, 1, 'float32', seed);

const newModel = (options: CycleGANOptions) =>
  new CycleGAN({
    convention: 'pytorch',
    inputShape: [size, size, 3],
    filters: 4,
    residualBlocks: 1,
    discriminatorLayers: 2,
    ...options,
    initializerGain: 0.1, // at 0.02 so small a network translates everything to almost 0
    seed: 1,
  });

/** Step `i` on images of its own. */
export async function step(trainer: CycleGANTrainer, i: number, of = size): Promise<number[]> {
  const [a, b] = [image(2 * i + 2, of), image(2 * i + 3, of)];
  try {
    return Object.values<number>(await trainer.trainStep(a, b));
  } finally {
    tf.dispose([a, b]);
  }
}

/** Runs `use` with a trainer of a model of its own. */
export async function withTrainer<T>(
  use: (trainer: CycleGANTrainer, model: CycleGAN) => Promise<T>,
  options: CycleGANOptions = {},
): Promise<T> {
  const model = newModel(options);
  const trainer = new CycleGANTrainer(model, { seed: 1, ema: 0.9 });
  try {
    return await use(trainer, model);
  } finally {
    trainer.dispose();
    model.dispose();
  }
}

/** Typed arrays as their bits. */
export const bitsOf = (state: TrainerState): string =>
  JSON.stringify(state, (_, item: unknown) =>
    item instanceof Float32Array ? [...new Uint32Array(item.buffer, item.byteOffset, item.length)] : item,
  );

const stats = (): OnnxRuntimeStats | undefined =>
  (tf.backend() as unknown as Partial<OnnxRuntimeBackend>).stats?.();

/** How counters have changed since `before`; the count of arrays on the device as it is. */
function since(before: OnnxRuntimeStats): Partial<OnnxRuntimeStats> {
  const now = stats()!;
  const counters = ['runs', 'kernelsRecorded', 'graphsCompiled', 'bytesUploaded', 'bytesDownloaded'] as const;
  return {
    ...Object.fromEntries(counters.map((name) => [name, now[name] - before[name]])),
    arraysOnDevice: now.arraysOnDevice,
  };
}

export async function translateAndTrain(): Promise<Outcome> {
  const before = tf.memory().numTensors;
  const outcome = await withTrainer(async (trainer, model) => {
    const photo = image(1);
    const translated = model.translate(photo, 'AtoB');
    const translation = [...(await translated.data())];
    tf.dispose([photo, translated]);
    const losses = await step(trainer, 0);
    const counted: Outcome['steps'] = [];
    let middle: TrainerState | undefined;
    for (let i = 1; i < steps; i++) {
      if (i === half) middle = await trainer.state();
      const started = stats();
      losses.push(...(await step(trainer, i)));
      if (started !== undefined) counted.push(since(started));
    }
    const end = bitsOf(await trainer.state());
    const resumes = await withTrainer(async (other) => {
      other.restore(middle!);
      for (let i = half; i < steps; i++) await step(other, i);
      return bitsOf(await other.state()) === end;
    });
    return { translation, losses, steps: counted, resumes };
  });
  return { ...outcome, leaked: tf.memory().numTensors - before };
}

/** Images of 64 pixels: the losses of a first step and, on backends that count them, the bytes that the second uploads and downloads. */
export interface LargerOutcome {
  losses: number[];
  bytes: number | undefined;
}

export const trainOnLargerImages = (): Promise<LargerOutcome> =>
  withTrainer(
    async (trainer) => {
      const losses = await step(trainer, 0, 64);
      const started = stats();
      if (started === undefined) return { losses, bytes: undefined };
      await step(trainer, 1, 64);
      const { bytesUploaded, bytesDownloaded } = since(started);
      return { losses, bytes: bytesUploaded! + bytesDownloaded! };
    },
    { inputShape: [64, 64, 3], filters: 2, discriminatorLayers: 3 },
  );
