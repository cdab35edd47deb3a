/** What a saved model is, read without an engine. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { fileSystem } from '../../node/files/file-system.js';
import { format, type Topology } from '../../models/bundle.js';

/** A file and its size in bytes. */
export interface FileSize {
  name: string;
  bytes: number;
}

/** What `info` says about a model. */
export interface ModelInfo {
  type: 'model';
  folder: string;
  algorithm: string;
  /** The type of the saved weights. */
  dtype: string;
  /** The options that the networks were built from. */
  options: Record<string, unknown>;
  /** Parameters of each network. */
  networks: Record<string, number>;
  parameters: number;
  files: FileSize[];
}

/** The files of a folder with their sizes, sorted by name. */
export async function filesIn(folder: string, test: RegExp): Promise<FileSize[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => test.test(name)).sort();
  return Promise.all(files.map(async (name) => ({ name, bytes: (await stat(join(folder, name))).size })));
}

/**
 * Reads a saved model, and checks its hashes.
 *
 * @throws CycleGANError `INVALID_MODEL` if it is damaged, or no model of this library; `NOT_FOUND`
 */
export async function modelInfo(folder: string): Promise<ModelInfo> {
  const { modelTopology, weightSpecs = [], format: kind } = await fileSystem(folder).load!();
  if (kind === 'graph-model') {
    throw new CycleGANError(
      'INVALID_MODEL',
      `the model in ${show(folder)} is a graph model of TensorFlow.js: an export, which this command cannot read. ` +
        'Use the model that it was exported from. Programs load it with tf.loadGraphModel.',
    );
  }
  const topology = modelTopology as unknown as Partial<Topology>;
  if (topology.format !== format || topology.networks === undefined) {
    throw new CycleGANError(
      'INVALID_MODEL',
      `the model in ${show(folder)} was not saved by ts-cyclegan. It is a model of TensorFlow.js: load it with tf.loadLayersModel.`,
    );
  }
  const networks = Object.fromEntries(Object.keys(topology.networks).map((name) => [name, 0]));
  for (const { name, shape } of weightSpecs) {
    const network = name.slice(0, name.indexOf('/'));
    if (network in networks) networks[network]! += shape.reduce((product, size) => product * size, 1);
  }
  return {
    type: 'model',
    folder,
    algorithm: topology.kind ?? 'cyclegan', // version 1 has CycleGANs only
    dtype: topology.integrity?.dtype ?? 'float32',
    options: (topology.options ?? {}) as Record<string, unknown>,
    networks,
    parameters: Object.values(networks).reduce((sum, count) => sum + count, 0),
    files: await filesIn(folder, /^model\.json$|\.bin$/),
  };
}
