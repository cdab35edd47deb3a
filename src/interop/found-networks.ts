/** Finds the networks in weight files, and recognises which they are: by the name of a file, a key, or the architecture. */
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import type { StateDict } from '../models/state-dict.js';
import { type Architecture, architectureOf } from './architecture.js';
import { isFeatureHead } from './feature-head.js';
import { type Hints, hintsIn } from './hints.js';
import { type NetworkName, networkNameOf } from './network-names.js';
import { stateDictsOf } from './read-state-dicts.js';
import { checkBytes } from './refuse.js';

/** A file with weights. */
export interface WeightFile {
  /** The name of the file. Networks are recognised by it: `latest_net_G_A.pth` has the network `G_A`. */
  name: string;
  /** The content. */
  bytes: Uint8Array;
}

/** A generator or discriminator that was found in a file. */
export interface ImportedNetwork {
  /** PyTorch's name. */
  name: NetworkName;
  /** The name of the file. */
  file: string;
  architecture: Architecture;
}

export const where = 'importModel';
export const refuse = (fault: string): never => {
  throw new CycleGANError('INVALID_WEIGHTS', `${where}: ${fault}`);
};

/** A network with its weights. */
export interface Found extends ImportedNetwork {
  stateDict: StateDict;
}

/** The feature head of a CUT. */
export type Head = Pick<Found, 'file' | 'stateDict'>;

/** Refuses what is not a file: a path, for example. */
function checkFile(file: unknown, index: number): void {
  const { name, bytes } = (file ?? {}) as Partial<WeightFile>;
  if (typeof name !== 'string') {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: file ${index} must be { name, bytes } with a text as the name, got ${typeof file === 'object' && file !== null ? `the name ${show(name)}` : show(file)}.`,
    );
  }
  checkBytes(where, `bytes of ${show(name)}`, bytes);
}

/** The networks of all files by name, the feature head, and what the files say about the model. */
export function findNetworks(files: readonly WeightFile[]) {
  const given: unknown = files;
  if (!Array.isArray(given) || given.length === 0) {
    throw new CycleGANError('INVALID_ARGUMENT', `${where}: expected a list of files, got ${show(files)}.`);
  }
  given.forEach(checkFile);
  const found = new Map<NetworkName, Found>();
  let head: Head | undefined;
  let hints: Hints = {};
  for (const { name: file, bytes } of files) {
    const { stateDicts, metadata } = stateDictsOf(where, bytes, file);
    hints = { ...hints, ...hintsIn(metadata) };
    for (const [key, stateDict] of Object.entries(stateDicts)) {
      const place = `${show(file)}${key === '' ? '' : `, ${show(key)}`}`;
      if (isFeatureHead(stateDict)) {
        if (head !== undefined)
          refuse(`${place} is a feature head, and so is one of ${show(head.file)}. A CUT has one.`);
        head = { file, stateDict };
        continue;
      }
      const architecture = architectureOf(`${where}: ${place}`, stateDict);
      const isGenerator = architecture.outputChannels > 0 && ['resnet', 'unet'].includes(architecture.kind);
      const name = networkNameOf(file, key) ?? (isGenerator ? 'G' : 'D');
      if (name.startsWith('G') !== isGenerator) {
        refuse(`${place} must be a ${name.startsWith('G') ? 'generator' : 'discriminator'} by its name, but is a ${architecture.kind} network.`); // prettier-ignore
      }
      const other = found.get(name);
      if (other !== undefined) {
        refuse(`${place} is the network ${name}, and so is one of ${show(other.file)}. Name the files as PyTorch does: latest_net_G_A.pth, latest_net_G_B.pth.`); // prettier-ignore
      }
      found.set(name, { name, file, architecture, stateDict });
    }
  }
  return { found, head, hints };
}
