/** Opens the feature network of `--features`: an ONNX file, or a model of TensorFlow.js. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError, isCycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import {
  featureExtractor,
  type FeatureExtractor,
  type FeatureExtractorOptions,
} from '../../metrics/extractor.js';
import type { FeatureNetwork, OnnxNetwork, OnnxSession, TfjsNetwork } from '../../metrics/network.js';
import { fileSystem } from '../../node/index.js';
import { ortPackage } from '../engine.js';
import { filesIn } from '../info/model-info.js';
import { loadPackage } from '../packages.js';

/** How images are given to the network. */
export type FeatureOptions = Omit<FeatureExtractorOptions, 'name' | 'layout'>;

/** An open network, and how to release it. */
export interface OpenFeatures {
  extractor: FeatureExtractor;
  dispose(): Promise<void>;
}

interface Opened {
  network: FeatureNetwork;
  files: string[];
  dispose: () => Promise<void>;
}

/** @throws CycleGANError `NOT_FOUND`, `INVALID_MODEL`, `INVALID_OPTION`, `UNSUPPORTED` */
export async function openFeatures(path: string, options: FeatureOptions): Promise<OpenFeatures> {
  const isTfjs = path.endsWith('.json');
  const { network, files, dispose } = await (isTfjs ? openTfjs(path) : openOnnx(path)).catch(
    (cause: unknown) => {
      if (isCycleGANError(cause)) throw cause;
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT')
        throw new CycleGANError('NOT_FOUND', `--features: there is no file ${show(path)}.`);
      throw new CycleGANError(
        'INVALID_MODEL',
        `--features must be an ONNX model, or the model.json of a TensorFlow.js model, but ${show(path)} cannot be loaded: ${message.split('\n')[0]!}`,
        { cause },
      );
    },
  );
  try {
    const name = `${isTfjs ? basename(dirname(path)) : basename(path)} (sha256 ${await hashOf(files)})`;
    const extractor = featureExtractor(network, { ...options, name });
    const grey = tf.zeros<tf.Rank.R4>([1, 8, 8, 3]);
    await extractor.extract(grey).finally(() => grey.dispose()); // refuses a wrong output before images are translated
    return { extractor, dispose };
  } catch (error) {
    await dispose();
    if (!isCycleGANError(error)) throw error;
    const message = error.message.replace('featureExtractor: option "size"', '--features-size');
    throw new CycleGANError(error.code, message, { cause: error });
  }
}

async function openOnnx(path: string): Promise<Opened> {
  await access(path);
  const module = (await loadPackage(ortPackage, '--features')) as Record<string, unknown>;
  const ort = ('InferenceSession' in module ? module : module.default) as {
    InferenceSession: { create(path: string): Promise<OnnxSession & { release(): Promise<void> }> };
    Tensor: OnnxNetwork['Tensor'];
  };
  const session = await ort.InferenceSession.create(path);
  return { network: { session, Tensor: ort.Tensor }, files: [path], dispose: () => session.release() };
}

async function openTfjs(path: string): Promise<Opened> {
  if (basename(path) !== 'model.json') {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `--features must be an ONNX file, or the file model.json of a TensorFlow.js model, got ${show(path)}. Rename the file.`,
    );
  }
  const folder = dirname(path);
  const { format } = JSON.parse(await readFile(path, 'utf8')) as { format?: string };
  const files = (await filesIn(folder, /^model\.json$|\.bin$/)).map(({ name }) => join(folder, name));
  if (format === 'graph-model') {
    const converter = (await loadPackage('@tensorflow/tfjs-converter', 'a graph model')) as {
      loadGraphModel(handler: unknown): Promise<TfjsNetwork & { dispose(): void }>;
    };
    const model = await converter.loadGraphModel(fileSystem(folder));
    return { network: model, files, dispose: released(model) };
  }
  const model = await loadLayersModel(fileSystem(folder));
  return {
    network: model as unknown as TfjsNetwork,
    files,
    dispose: released(model),
  };
}

/** Disposes of a model as sessions are released: with a promise. */
const released = (model: { dispose(): unknown }) => (): Promise<void> => {
  model.dispose();
  return Promise.resolve();
};

/** The beginning of the hash of the files: it identifies the weights. */
async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest('hex').slice(0, 12);
}
