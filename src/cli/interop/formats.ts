/** The formats of other programs that the command line reads and writes: one row each. */
import type { ExportedFile } from '../../interop/export-model.js';
import type { WeightFile } from '../../interop/found-networks.js';
import type { ImportedModel } from '../../interop/import-model.js';
import type { ImportOptions } from '../../interop/import-options.js';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { CUT } from '../../models/cut.js';
import { cycleGANNames, kerasNames } from '../../interop/network-names.js';
import { CycleGAN } from '../../models/cyclegan.js';
import type { Pix2Pix } from '../../models/pix2pix.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import { Translator } from '../../models/translator.js';
import type { TrainerState } from '../../trainer/engine/state.js';

/** A model that translates images. */
export type ImageModel = CycleGAN | Pix2Pix | CUT | Translator;

/** What the flags of `export` say about files for inference. */
export interface InferenceOptions {
  layout?: 'NCHW' | 'NHWC';
  uint8?: true;
  opset?: number;
  dtype?: 'float16';
  licence?: string;
}

/** A format. What a row does not have, the format cannot do. */
export interface Format {
  /** The value of `--format`. */
  readonly name: string;
  /** What it is, for the help. */
  readonly about: string;
  /** Endings of files that {@link Format.read} reads. */
  readonly extensions: readonly string[];
  /** Builds the model of files. */
  readonly read?: (files: readonly WeightFile[], options: ImportOptions) => Promise<ImportedModel>;
  /** The files of a model, with {@link Format.options}. */
  readonly write?: (model: ImageModel, options: InferenceOptions) => Promise<ExportedFile[]>;
  /** The options that {@link Format.write} takes. */
  readonly options?: readonly (keyof InferenceOptions)[];
  /** The files of the optimizers of a run, with which training goes on in the other program. */
  readonly writeOptimizers?: (state: TrainerState) => Promise<ExportedFile[]>;
}

// what a format needs is loaded with its first use
const exporting = (format: 'pytorch' | 'safetensors') => async (model: ImageModel) =>
  (await import('../../interop/export-model.js')).exportModel(model, { format });
const read: NonNullable<Format['read']> = async (files, options) =>
  (await import('../../interop/import-model.js')).importModel(files, options);

/** The files of each generator, in the direction that it translates. */
async function eachGenerator(
  model: ImageModel,
  filesOf: (direction: { direction?: Direction }) => Promise<Record<string, Uint8Array>>,
): Promise<ExportedFile[]> {
  const directions = model instanceof CycleGAN ? (['AtoB', 'BtoA'] as const) : [undefined];
  const files: ExportedFile[] = [];
  for (const direction of directions) {
    for (const [name, bytes] of Object.entries(await filesOf(direction === undefined ? {} : { direction }))) {
      files.push({ name, parts: [bytes] });
    }
  }
  return files;
}

/** The networks of a model, under the names of the example of keras.io. */
const kerasNetworks = (model: ImageModel): Record<string, LayersModel> => {
  if (model instanceof CycleGAN) {
    const names = Object.entries(kerasNames);
    return Object.fromEntries(names.map(([name, inPyTorch]) => [name, model[cycleGANNames[inPyTorch]]]));
  }
  if (model instanceof Translator) {
    return { [model.direction === 'AtoB' ? 'gen_G' : 'gen_F']: model.generator };
  }
  return { ...model.networks };
};

export const formats: readonly Format[] = [
  {
    name: 'pytorch',
    about: 'a .pth file for each network, for pytorch-CycleGAN-and-pix2pix',
    extensions: ['.pth', '.pt'],
    read,
    write: exporting('pytorch'),
    writeOptimizers: async (state) => {
      const { exportOptimizers } = await import('../../interop/optimizers.js');
      const files = Object.entries(exportOptimizers(state));
      return files.map(([name, parts]) => ({ name: `latest_${name}.pth`, parts }));
    },
  },
  {
    name: 'safetensors',
    about: 'one file with the same keys, for Python',
    extensions: ['.safetensors'],
    read,
    write: exporting('safetensors'),
  },
  {
    name: 'keras',
    about: 'a .weights.h5 file for each network, for the CycleGAN example of keras.io',
    extensions: ['.h5', '.keras'],
    read,
    write: async (model) => {
      const { writeKerasWeights } = await import('../../interop/keras/write.js');
      const files: ExportedFile[] = [];
      for (const [name, network] of Object.entries(kerasNetworks(model))) {
        files.push({ name: `${name}.weights.h5`, parts: [await writeKerasWeights(network)] });
      }
      return files;
    },
  },
  {
    name: 'onnx',
    about: 'an .onnx file for each generator',
    extensions: ['.onnx'],
    options: ['layout', 'uint8', 'opset', 'dtype', 'licence'],
    write: async (model, options) => {
      const { exportOnnx } = await import('../../interop/onnx/export-onnx.js');
      return await eachGenerator(model, async (direction) => ({
        [`${direction.direction ?? 'model'}.onnx`]: await exportOnnx(model, { ...options, ...direction }),
      }));
    },
  },
  {
    name: 'tfjs',
    about: 'a folder for each generator, a graph model of TensorFlow.js',
    extensions: [],
    options: ['dtype', 'licence'],
    write: async (model, options) => {
      const { exportTfjs } = await import('../../interop/tfjs/export-tfjs.js');
      return await eachGenerator(model, async (direction) => {
        const files = Object.entries(await exportTfjs(model, { ...options, ...direction }));
        const folder = direction.direction === undefined ? '' : `${direction.direction}/`;
        return Object.fromEntries(files.map(([name, bytes]) => [folder + name, bytes]));
      });
    },
  },
];

/** The formats that can be written. */
export const writable = formats.filter(({ write }) => write !== undefined);

/** The format of a file by its ending. */
export const formatOfFile = (path: string): Format | undefined =>
  formats.find(({ extensions }) => extensions.some((extension) => path.toLowerCase().endsWith(extension)));
