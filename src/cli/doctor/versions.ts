/** Versions of everything that takes part. */
import { version } from '../../../package.json';
import { packageVersion } from '../packages.js';

/** Packages that the command uses, and what each is for. */
export const packages = {
  '@tensorflow/tfjs-core': 'tensors',
  '@tensorflow/tfjs-layers': 'networks',
  '@tensorflow/tfjs-backend-cpu': 'kernels that ONNX Runtime does not have',
  'onnxruntime-node': 'the engine',
  sharp: 'reads and writes images',
} as const;

/** Versions by name; null for a package that is not installed. */
export type Versions = Record<string, string | null>;

export const versions = (): Versions => ({
  'ts-cyclegan': version,
  node: process.versions.node,
  ...Object.fromEntries(Object.keys(packages).map((name) => [name, packageVersion(name) ?? null])),
});
