/** Weight files of other programs: the network of each gives the expected output, and bad files are refused. */
import { existsSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { type LayersModel } from '@tensorflow/tfjs';
import { isCycleGANError, loadStateDict } from 'ts-cyclegan';
import { networkOfStateDict, readKerasNetworks, readStateDicts } from 'ts-cyclegan/interop';
import * as v from 'valibot';
import type { Results } from '../compare.js';
import { type GoldenCase, pathInside } from '../format.js';
import { images, inLayout } from '../layout.js';
import { buildNetwork } from '../networks.js';

/** Gives a network the weights of a file. */
type Load = (network: LayersModel, bytes: Uint8Array, file: string) => void;

const fromStateDict: Load = (network, bytes, file) => {
  const [stateDict, ...others] = Object.values(readStateDicts(bytes, { name: file }));
  if (stateDict === undefined || others.length > 0) throw new Error(`${file} has not one state dict`);
  loadStateDict(network, stateDict);
  networkOfStateDict(stateDict).dispose(); // its architecture is recognised, too
};

const fromKeras: Load = (network, bytes, file) => {
  const [read, ...others] = Object.values(readKerasNetworks(bytes, { name: file }));
  if (read === undefined || others.length > 0) throw new Error(`${file} has not one network`);
  network.setWeights(read.getWeights());
  read.dispose();
};

/** How files are read, by their extension. */
const readers: Partial<Record<string, Load>> = {
  '.pth': fromStateDict,
  '.safetensors': fromStateDict,
  '.h5': fromKeras,
};

const schema = v.object({ files: v.array(v.object({ file: v.string(), output: v.optional(v.string()) })) });
const filesOf = (json: unknown) => v.parse(schema, json).files;

function readerOf(file: string): Load {
  const reader = readers[extname(file)];
  if (!reader) throw new Error(`there is no reader of ${file}`);
  return reader;
}

export async function weightFiles(golden: GoldenCase): Promise<Results> {
  const results: Results = new Map();
  const input = images(golden, 'input');
  for (const { file, output = '' } of filesOf(golden.json)) {
    const network = buildNetwork(golden.layout, golden.config);
    readerOf(file)(network, readFileSync(pathInside(golden.folder, file)), file);
    const got = await inLayout(golden, network.predict(input) as never);
    network.dispose();
    const before = results.get(output);
    // files with the same output have the same weights
    if (before !== undefined) results.set(file, { got, want: before });
    results.set(output, got);
  }
  return results;
}

export function refusedFiles(golden: GoldenCase): Promise<Results> {
  const { marker } = v.parse(v.object({ marker: v.optional(v.string()) }), golden.config);
  const results: Results = new Map();
  for (const { file } of filesOf(golden.json)) {
    const bytes = readFileSync(pathInside(golden.folder, file));
    const got = refusal(file, () => readerOf(file)(undefined as never, bytes, file));
    results.set(file, { got, want: 'refused by name' });
  }
  if (marker !== undefined) results.set(marker, { got: existsSync(marker), want: false });
  return Promise.resolve(results);
}

function refusal(file: string, read: () => void): string {
  try {
    read();
    return 'accepted';
  } catch (error) {
    if (!isCycleGANError(error)) throw error;
    return error.message.includes(file) ? 'refused by name' : error.message;
  }
}
