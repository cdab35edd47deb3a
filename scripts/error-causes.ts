/** Typical causes of each error code. The messages on the page come from running these causes. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  CycleGAN,
  CycleGANTrainer,
  type CycleGANTrainerOptions,
  type ErrorCode,
  loadStateDict,
  patchDiscriminator,
  Pix2Pix,
  Pix2PixTrainer,
  resnetGenerator,
  stopOnNaN,
} from 'ts-cyclegan';
import {
  datasets,
  fileSystem,
  imageFolder,
  loadState,
  readImage,
  resumeRun,
  runFolder,
  writeImage,
} from 'ts-cyclegan/node';
import { explainRun, onlyAsync } from '../src/backends/onnxruntime/compiler/explain.js';
import type { Graph } from '../src/backends/onnxruntime/lowering/graph.js';
import { untilLost } from '../src/backends/onnxruntime/runtime/lost-device.js';
import { publicRuntime } from '../src/backends/onnxruntime/runtime/public-api.js';
import { loadPackage } from '../src/cli/packages.js';
import { twoCopies } from '../src/core/two-copies.js';
import { onDisk } from '../src/node/datasets/disk.js';
import { obtain } from '../src/node/datasets/obtain.js';
import { unpackLimits } from '../src/node/datasets/unpack.js';

/** One way to get an error. */
export interface Cause {
  /** What happened, as a heading of a few words. */
  readonly what: string;
  /** Fails with the error. `place` is an empty folder. */
  readonly fail: (place: string) => unknown;
  /** What to do, if the message does not say it all. */
  readonly todo: string;
}

const tiny = { inputShape: [16, 16, 3], filters: 2, residualBlocks: 1, discriminator: 'pixel' } as const;
const grey = (level = 0, size = 16) => tf.fill<tf.Rank.R3>([size, size, 3], level);

/** Runs `use` with a model, and disposes it. */
async function withModel(use: (model: CycleGAN) => unknown): Promise<void> {
  using model = new CycleGAN({ ...tiny, seed: 7 });
  await use(model);
}

async function withTrainer(
  use: (trainer: CycleGANTrainer) => unknown,
  options: CycleGANTrainerOptions = {},
): Promise<void> {
  await withModel(async (model) => {
    const trainer = new CycleGANTrainer(model, { epochs: 1, ...options });
    try {
      await use(trainer);
    } finally {
      trainer.dispose();
    }
  });
}

async function folderWith(place: string, files: Record<string, string>): Promise<void> {
  await mkdir(place, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(place, name), content);
}

/** Runs `use` with the address of a server that is overloaded. */
async function withBusyServer(use: (url: string) => Promise<unknown>): Promise<void> {
  const server = createServer((_, response) => void response.writeHead(503).end());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

/** A graph of the size of a training step. */
const graph = { nodes: Array.from({ length: 412 }), values: [], outputs: [] } as unknown as Graph;

/** Without its second address, which is that of a real server. */
const { mirror: _, ...horses } = datasets.find(({ name }) => name === 'horse2zebra')!;

/** All codes are here, or the compiler complains. */
export const causes: Record<ErrorCode, readonly Cause[]> = {
  UNKNOWN_OPTION: [
    {
      what: 'A misspelled option',
      fail: () => new CycleGAN({ filter: 32 } as object),
      todo: 'Use the suggested name. On the command line, `--help` lists all flags. In a program, the compiler finds such options before you run it.',
    },
  ],
  INVALID_OPTION: [
    {
      what: 'A value out of range',
      fail: () => new CycleGAN({ filters: 0 }),
      todo: 'The message says which values are possible.',
    },
    {
      what: 'Training after the end of the schedule',
      fail: () =>
        withTrainer((trainer) => trainer.fit([grey()], [grey()], { epochs: 400 }), {
          convention: 'pytorch',
          epochs: 200,
        }),
      todo: 'The learning rate reaches 0 at the end of the schedule. To train longer, choose more epochs: `train --resume --epochs 400`, or `changes: { epochs: 400 }` of `resumeRun`.',
    },
  ],
  INVALID_ARGUMENT: [
    {
      what: 'Images from 0 to 255',
      fail: () => withTrainer((trainer) => trainer.trainStep(grey(200), grey(0))),
      todo: 'Images are float32 tensors from −1 to 1. `readImage` and `imageFolder` return such tensors.',
    },
    {
      what: 'An image that is saved as JPEG',
      fail: () => writeImage('fake.jpg', grey()),
      todo: 'Save as `.png`, or let `ts-cyclegan translate --format jpeg` write the files.',
    },
  ],
  INVALID_SHAPE: [
    {
      what: 'A size that the networks cannot have',
      fail: () => new CycleGAN({ ...tiny, inputShape: [30, 30, 3] }),
      todo: 'Use a size that can be halved as often as the networks halve it. A ResNet generator needs multiples of 4.',
    },
    {
      what: 'A size that the networks do not accept',
      fail: () => withModel((model) => model.translate(grey(0, 30), 'AtoB')),
      todo: 'Pass `anySize: true` to `translate`, or use `translateImage`, which does this by itself.',
    },
    {
      what: 'Images with an alpha channel',
      fail: () => withModel((model) => model.translate(tf.zeros<tf.Rank.R3>([16, 16, 4]), 'AtoB')),
      todo: 'Read images with the channels of the model: `readImage(file, { channels: 3 })`.',
    },
  ],
  INVALID_WEIGHTS: [
    {
      what: 'Weights of another network',
      fail: () => withModel((model) => loadStateDict(model.generatorG, {})),
      todo: 'Build the network with the options of the program that saved the weights: convention, filters, residual blocks, norm. Nothing has been changed.',
    },
  ],
  INVALID_MODEL: [
    {
      what: 'Networks that do not fit together',
      fail: () => {
        const [small, large] = [{ inputShape: [16, 16, 3] }, { inputShape: [32, 32, 3] }] as const;
        const generatorOf = (size: typeof small | typeof large) =>
          resnetGenerator({ ...size, filters: 2, residualBlocks: 1 });
        const discriminator = () => patchDiscriminator({ ...small, filters: 2, layers: 1 });
        return new CycleGAN({
          generatorG: generatorOf(small),
          generatorF: generatorOf(large),
          discriminatorX: discriminator(),
          discriminatorY: discriminator(),
        });
      },
      todo: 'Give all networks the same size and channels.',
    },
    {
      what: 'A damaged file',
      fail: async (place) => {
        const folder = join(place, 'model');
        await withModel((model) => model.save(fileSystem(folder)));
        await writeFile(join(folder, 'model.json'), '{ "format": "layers-model",');
        return CycleGAN.load(fileSystem(folder));
      },
      todo: 'Copy the model again, all files of the folder. The run folder still has its checkpoints: `train --resume` writes the model anew.',
    },
  ],
  INVALID_STATE: [
    {
      what: 'The state of another trainer',
      fail: async () => {
        using other = new Pix2Pix({ inputShape: [32, 32, 3], levels: 5, filters: 2, seed: 7 });
        const pix2pix = new Pix2PixTrainer(other);
        const state = await pix2pix.state();
        pix2pix.dispose();
        await withTrainer((trainer) => trainer.restore(state));
      },
      todo: 'Create model and trainer with the options of the run, or let `resumeRun` create them from `config.json`.',
    },
    {
      what: 'A file that is not a state',
      fail: async (place) => {
        await folderWith(place, { 'state.bin': 'hello' });
        return loadState(join(place, 'state.bin'));
      },
      todo: 'Pass the file that `saveState` has written. `resumeRun` reads checkpoints of run folders.',
    },
    {
      what: 'A new run in the folder of an old one',
      fail: async (place) => {
        const folder = join(place, 'runs/first');
        const train = () =>
          withTrainer((trainer) =>
            trainer.fit([grey()], [grey(0.5)], { callbacks: runFolder(folder, { tensorBoard: false }) }),
          );
        await train();
        return train();
      },
      todo: 'Resume the run, or choose another folder. An old run is never overwritten.',
    },
  ],
  INVALID_DATA: [
    {
      what: 'A broken image',
      fail: async (place) => {
        await folderWith(join(place, 'data/trainA'), { '1.jpg': 'not an image' });
        return readImage(join(place, 'data/trainA/1.jpg'));
      },
      todo: '`npx ts-cyclegan datasets inspect data` lists all broken files. `train` skips and counts them, unless you pass `--strict`.',
    },
    {
      what: 'A folder without images',
      fail: async (place) => {
        await folderWith(join(place, 'data/trainA'), { 'notes.txt': 'hello' });
        return imageFolder(join(place, 'data/trainA'));
      },
      todo: 'Put the images there, or correct the path. Images inside of ZIP files are not found.',
    },
  ],
  NOT_FOUND: [
    {
      what: 'A folder that does not exist',
      fail: (place) => imageFolder(join(place, 'data/trainA')),
      todo: 'Relative paths start at the folder in which you run the command or the program.',
    },
    {
      what: 'A model that was not saved there',
      fail: (place) => CycleGAN.load(fileSystem(join(place, 'model'))),
      todo: 'Pass the folder that contains `model.json`. In a run folder, this is `model`.',
    },
    {
      what: 'A run that does not exist',
      fail: (place) => resumeRun(join(place, 'runs/first')),
      todo: 'Pass the folder that contains `config.json`.',
    },
  ],
  NETWORK: [
    {
      what: 'A server that does not send a dataset',
      fail: (place) =>
        withBusyServer((url) =>
          obtain(
            { ...horses, url: `${url}/horse2zebra.zip` },
            { folder: place, force: false },
            { patience: { attempts: 1, delay: 0, silence: 60_000 }, limits: unpackLimits },
          ),
        ),
      todo: 'Check the connection and the proxy, and run the same command again. A [mirror](datasets.md#download-a-public-dataset) is an alternative.',
    },
  ],
  DISK: [
    {
      what: 'A full disk',
      fail: () =>
        onDisk('downloadDataset', 'horse2zebra.zip.part', 'Free some space and run it again.', () =>
          Promise.reject(Object.assign(new Error(), { code: 'ENOSPC' })),
        ),
      todo: 'Free some space. A training waits for it, and continues by itself: see [run folders](run-folder.md#a-full-disk).',
    },
  ],
  DISPOSED: [
    {
      what: 'A model that is used after `dispose()`',
      fail: () =>
        withModel((model) => {
          model.dispose();
          return model.translate(grey(), 'AtoB');
        }),
      todo: 'Call `dispose()` after the last use. With `using model = …`, the model is disposed at the end of the block.',
    },
    {
      what: 'An image that is used after `dispose()`, or outside of its `tf.tidy`',
      fail: () =>
        withModel((model) => {
          const image = grey();
          image.dispose();
          return model.translate(image, 'AtoB');
        }),
      todo: 'Dispose images after the call. `tf.keep(image)` keeps a tensor that was made in `tf.tidy`.',
    },
  ],
  BUSY: [
    {
      what: 'Two calls of one trainer at the same time',
      fail: () =>
        withTrainer(async (trainer) => {
          const state = await trainer.state();
          const step = trainer.trainStep(grey(0.5), grey(-0.5));
          try {
            trainer.restore(state);
          } finally {
            await step;
          }
        }),
      todo: 'Write `await` before `fit`, `trainStep` and `withAverages`.',
    },
  ],
  NOT_A_NUMBER: [
    {
      what: 'A learning rate that is too high',
      fail: () =>
        withTrainer(
          async (trainer) => {
            const image = tf.reshape<tf.Rank.R3>(tf.linspace(-1, 1, 16 * 16 * 3), [16, 16, 3]);
            await trainer.fit([image, image], [tf.neg(image), image], { callbacks: stopOnNaN() });
          },
          { learningRate: 1e30 },
        ),
      todo: 'Resume from the last checkpoint with half of the learning rate: `train --resume --learning-rate 0.0001`. If it happens again at once, look for broken training images and for large loss weights.',
    },
  ],
  ENGINE: [
    {
      what: 'A page that does not find the files of ONNX Runtime',
      fail: () => {
        const InferenceSession = {
          create: () =>
            Promise.reject(new Error('no available backend found. ERR: [wasm] TypeError: Failed to fetch')),
        };
        return publicRuntime({ InferenceSession } as never, {} as never, '').createSession(
          new Uint8Array(),
          {} as never,
        );
      },
      todo: 'Copy the `.wasm` and `.mjs` files of `node_modules/onnxruntime-web/dist` to the server.',
    },
    {
      what: 'An operation that ONNX Runtime refuses',
      fail: () => {
        throw explainRun(new Error('indices element out of data bounds, idx=7'), graph);
      },
      todo: 'This comes from operations of your own, or is a bug of this library. `saveGraphs` of [the backend](onnxruntime.md#seeing-inside) writes the graph to a file; add it to your report.',
    },
  ],
  DEVICE_LOST: [
    {
      what: 'A GPU whose driver was reset',
      fail: () => {
        const createSession = () => {
          throw new Error('[Device] is lost.');
        };
        return untilLost({ createSession } as never).createSession(new Uint8Array(), {} as never);
      },
      todo: 'A computation that takes too long can reset the driver, too: use smaller images or networks. [On a GPU](gpu.md) says more.',
    },
  ],
  OUT_OF_MEMORY: [
    {
      what: 'Images, batches or networks that are too large',
      fail: () => {
        throw explainRun(new Error('bad allocation'), graph);
      },
      todo: 'In this order: `--memory low`, `--batch 1`, a smaller `--size`, fewer `--filters`. [Memory](memory.md) says what each of them saves. To translate a large image, use `translateImage` or `ts-cyclegan translate`, which work in tiles.',
    },
  ],
  UNSUPPORTED: [
    {
      what: 'A package that is missing',
      fail: () => loadPackage('@tensorflow/tfjs-node-gpu', '--engine'),
      todo: 'Run the command of the message. `npx ts-cyclegan doctor` lists what is missing. `npm install --omit=optional` leaves out ONNX Runtime and sharp.',
    },
    {
      what: 'Two copies of TensorFlow.js in one program',
      fail: () => {
        throw twoCopies('CycleGAN', 'generatorG is a model');
      },
      todo: 'All packages must use one version of `@tensorflow/tfjs-core`. In Next.js, list the packages in `serverExternalPackages`: see [recipes](recipes.md#next).',
    },
    {
      what: 'A value that is read synchronously in a browser',
      fail: () => {
        throw onlyAsync('ONNX Runtime is asynchronous in browsers', undefined);
      },
      todo: 'Write `await tensor.data()` instead of `tensor.dataSync()`.',
    },
  ],
};
