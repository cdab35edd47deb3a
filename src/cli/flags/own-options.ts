/** Options of `train` that belong to the command, not to the library: the run folder, the length of the run, the output. */
import * as v from 'valibot';
import { flag, oneOf, positiveNumber, text, wholeNumber } from '../../core/options.js';
import { runFolderEntries } from '../../node/runs/run-options.js';
import { algorithms, type Kind } from './generated-option.js';

/** The headings of the help, the most used options first. */
export const groups = ['Main options', 'Run folder', 'Output', 'Images', 'Networks', 'Training'] as const;
export type Group = (typeof groups)[number];

/** An option of the command. */
export interface OwnOption {
  schema: v.GenericSchema;
  kind: Kind;
  /** The name of the value in the help. */
  value?: string;
  help: string;
  fallback?: string;
  group: Group;
}

const option = <K extends Kind, S extends v.GenericSchema>(
  kind: K,
  schema: S,
  group: Group,
  value: string,
  help: string,
  fallback?: string,
) => ({ kind, schema, group, value, help, ...(fallback !== undefined && { fallback }) }) as const;

/** The default of an option of `runFolder`, in words. */
const ofRunFolder = (name: 'checkpointEvery' | 'sampleEvery' | 'keep') =>
  String(v.getDefault(runFolderEntries[name]));

const toggle = (group: Group, help: string) => ({ kind: 'boolean', schema: flag(), group, help }) as const;

/** The options by word. */
export const ownOptions = {
  out: option('text', text(), 'Main options', 'folder', 'The run folder: options, checkpoints, samples, losses and the model.', 'runs/<name of the data>'), // prettier-ignore
  algorithm: option('choice', oneOf(...algorithms), 'Main options', 'name', 'What is trained: cyclegan for two folders of unpaired images, pix2pix for pairs, cut for unpaired images in one direction, gan for images from noise.', 'by the folders of the data'), // prettier-ignore
  size: option('number', wholeNumber(1), 'Main options', 'pixels', 'Height and width of the images in training.', '256; gan: 28'), // prettier-ignore
  quick: toggle('Main options', 'Options for good images of about 64 pixels in minutes on a CPU: few layers, a high learning rate. CycleGAN only. Other flags win.'), // prettier-ignore
  steps: option('number', wholeNumber(1), 'Main options', 'count', 'Ends the training after this step.'),
  minutes: option('number', positiveNumber(), 'Main options', 'minutes', 'Ends the training after this time, counted over all sessions of the run.'), // prettier-ignore
  engine: option('text', text(), 'Main options', 'name', 'What computes: onnxruntime, webgpu (a GPU), cpu, or a package that registers a backend of TensorFlow.js.', 'onnxruntime'), // prettier-ignore
  checkpointEvery: option(
    'number',
    wholeNumber(1),
    'Run folder',
    'steps',
    'Steps between two checkpoints.',
    ofRunFolder('checkpointEvery'),
  ),
  sampleEvery: option(
    'number',
    wholeNumber(1),
    'Run folder',
    'steps',
    'Steps between two sheets of samples.',
    ofRunFolder('sampleEvery'),
  ),
  evaluateEvery: option('number', wholeNumber(1), 'Run folder', 'steps', 'Steps between two measurements on test pairs (L1, PSNR, SSIM), for the log and the charts. The data needs test pairs.', 'never'), // prettier-ignore
  keep: option('number', wholeNumber(1), 'Run folder', 'count', 'How many of the newest checkpoints are kept.', ofRunFolder('keep')), // prettier-ignore
  resume: toggle('Run folder', 'Resumes the run in --out, or the newest run in runs/. No other option is needed.'), // prettier-ignore
  watch: toggle('Output', 'Serves a page with losses and samples, and prints its address.'),
  dryRun: toggle('Output', 'Says what would happen, how long it would take and how much memory it needs. Writes nothing.'), // prettier-ignore
  json: toggle('Output', 'Prints lines of JSON, for programs.'),
  strict: toggle('Images', 'Ends with an error at the first file that is not a readable image. Otherwise such files are skipped and counted.'), // prettier-ignore
} satisfies Record<string, OwnOption>;

/** Values of the options of the command. */
export type OwnValues = { [K in keyof typeof ownOptions]?: v.InferOutput<(typeof ownOptions)[K]['schema']> };
