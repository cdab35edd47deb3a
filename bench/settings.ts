/** The benchmark's command line. */
import { parseArgs } from 'node:util';
import type { OnnxRuntimeBackendOptions } from 'ts-cyclegan/backends/onnxruntime';
import type { MemoryUse } from 'ts-cyclegan';
import { peerNames } from './peer-names.js';

/** The settings of a benchmark. */
export interface Settings {
  engine: string;
  size: number;
  filters: number;
  blocks: number;
  batch: number;
  /** Number of steps and translations to measure, after `warmup` others. */
  steps: number;
  warmup: number;
  convention: 'keras' | 'pytorch';
  /** The trainer's option. */
  memory: MemoryUse | undefined;
  /** File for the results. */
  json: string | undefined;
  /** Options of the ONNX Runtime backend, and other options to compare them with. */
  options: OnnxRuntimeBackendOptions | undefined;
  beside: OnnxRuntimeBackendOptions | undefined;
  /** Number of steps of a memory test. */
  soak: number | undefined;
  /** Measures the translation of one large image, in tiles of this size. */
  tile: number | 'auto' | false | undefined;
  /** Number of photographs of each domain for a measurement of loading. */
  loading: number | undefined;
  /** Number of files for a measurement of opening a folder. */
  names: number | undefined;
  /** Recipes and seeds to train and score. */
  quality: { names: string[]; seeds: number[] } | undefined;
  fid: number | undefined;
  /** Whether to compare with other engines. The settings below are for that. */
  peers: boolean;
  against: string[];
  /** Number of turns of each engine; a turn has `steps` steps. */
  rounds: number;
  /** Sizes at the first batch size, and batch sizes at the first size. */
  sizes: number[];
  batches: number[];
  /** Folder for the page and its images. */
  out: string;
}

const help = `Measures kernels, time and memory of a training step and of a translation.

npm run bench -- [options]
  --engine NAME      tfjs backend                       (cpu)
  --size N           size of the images in pixels       (64)
  --filters N        filters of the first convolutions  (8)
  --blocks N         residual blocks                    (2)
  --batch N          images of each domain in a step    (1)
  --steps N          steps to measure                   (5)
  --warmup N         steps before the measured ones     (2)
  --convention NAME  keras or pytorch                   (pytorch)
  --memory NAME      low, balanced or fast              (the trainer's default)
  --json FILE        also writes the results to a file
  --options JSON     options of the backend onnxruntime, such as '{"withoutPasses":["foldPadding"]}'
  --beside JSON      compares steps with --options and steps with these options, in turns
  --soak N           measures only memory, over N steps, with image pools and averages
  --tile N           measures only the translation of one large image: in tiles of N pixels, auto, or none
  --loading N        measures only steps on tensors and on folders of N large photographs, in turns
  --rounds N         turns of each of them              (5)
  --names N          measures only how long a folder of N files takes to open
  --fid N            measures only FID of N images with 2,048 features, and its memory

npm run bench -- --quality [options]
Trains recipes of bench/quality/recipes.ts on the demo's images and scores them. Adds to quality.json and quality.md; runs that are
there are skipped.
  --recipes LIST     names of recipes                   (all)
  --seeds LIST       seeds of each recipe               (1,2)
  --out FOLDER       folder for the results             (docs)

npm run bench -- --peers [options]
Compares this library with Keras and PyTorch, in turns. It creates Python environments under node_modules/.cache, which downloads
and unpacks about 7 GB. The environment variable PYTHON is the Python to use. If TFJS_NODE is a folder of test/tfjs-node/setup.sh,
tfjs-node is included. "exported" is the exported generator on onnxruntime-node. Writes benchmark.md, benchmark.json and
images/benchmark-*.svg; results of the same network are replaced, those of other networks are kept.
  --engine, --filters, --blocks, --steps, --warmup, --memory as above; defaults: onnxruntime, 32 filters, 6 blocks
  --against LIST     ${peerNames.join(',')}
                     (all but torch-bf16)
  --rounds N         turns of each engine               (5)
  --sizes LIST       sizes, with the first batch size   (64)
  --batches LIST     batch sizes, with the first size   (1)
  --out FOLDER       folder for the page                (docs)`;

const text = { type: 'string' as const };

/** Parses the command line. With `--help`, prints the help and exits. */
export function settingsFrom(args: string[]): Settings {
  const { values } = parseArgs({
    args,
    options: {
      engine: text, size: text, filters: text, blocks: text, batch: text, steps: text, warmup: text, memory: text,
      convention: text, json: text, help: { type: 'boolean', short: 'h' }, peers: { type: 'boolean' }, rounds: text,
      sizes: text, batches: text, against: text, out: text, options: text, beside: text, soak: text,
      loading: text, tile: text, names: text, fid: text, quality: { type: 'boolean' }, recipes: text, seeds: text,
    }, // prettier-ignore
  });
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const { peers = false } = values;
  const alone = [
    'size',
    'batch',
    'convention',
    'json',
    'options',
    'beside',
    'soak',
    'loading',
    'tile',
    'names',
    'fid',
  ] as const;
  const together = ['sizes', 'batches', 'against'] as const;
  const ofQuality = ['recipes', 'seeds'] as const;
  for (const name of ofQuality) {
    if (values[name] !== undefined && !values.quality) throw new Error(`--${name} requires --quality`);
  }
  if (values.out !== undefined && !peers && !values.quality) {
    throw new Error('--out requires --peers or --quality');
  }
  if (!peers && values.loading === undefined && values.rounds !== undefined) {
    throw new Error('--rounds requires --peers or --loading');
  }
  for (const name of peers ? alone : together) {
    if (values[name] === undefined) continue;
    throw new Error(peers ? `--${name} cannot be combined with --peers` : `--${name} requires --peers`);
  }
  const engine = values.engine ?? (peers ? 'onnxruntime' : 'cpu');
  const backendOptions = (name: 'options' | 'beside') => {
    const given = values[name];
    if (given === undefined) return undefined;
    if (engine !== 'onnxruntime') throw new Error(`--${name} requires --engine onnxruntime`);
    try {
      return JSON.parse(given) as OnnxRuntimeBackendOptions;
    } catch {
      throw new Error(`--${name} must be JSON, such as '{"winograd":"never"}', got "${given}"`);
    }
  };
  const whole = (
    name:
      | 'size'
      | 'filters'
      | 'blocks'
      | 'batch'
      | 'steps'
      | 'warmup'
      | 'rounds'
      | 'soak'
      | 'loading'
      | 'tile'
      | 'names'
      | 'fid',
    fallback: number,
    least = 1,
  ) => {
    const value = Number(values[name] ?? fallback);
    if (Number.isInteger(value) && value >= least) return value;
    throw new Error(`--${name} must be a whole number from ${least}, got "${values[name]}"`);
  };
  const tile = () => {
    if (values.tile === undefined || values.tile === 'auto') return values.tile;
    return values.tile === 'none' ? false : whole('tile', 0);
  };
  const wholes = (name: 'sizes' | 'batches' | 'seeds', ...fallback: number[]) => {
    const list = values[name]?.split(',').map(Number) ?? fallback;
    if (list.every((n) => Number.isInteger(n) && n > 0)) return list;
    throw new Error(`--${name} must be whole numbers from 1, separated by commas, got "${values[name]}"`);
  };
  const against = values.against?.split(',') ?? peerNames.filter((name) => name !== 'torch-bf16');
  for (const name of against) {
    if ((peerNames as readonly string[]).includes(name)) continue;
    throw new Error(
      `--against must be a list of ${peerNames.join(', ')}, separated by commas, got "${name}"`,
    );
  }
  const oneOf = <T extends string>(name: 'convention' | 'memory', words: T[], fallback: T): T => {
    const value = (values[name] ?? fallback) as T;
    if (words.includes(value)) return value;
    throw new Error(`--${name} must be ${words.join(' or ')}, got "${value}"`);
  };
  const memory =
    values.memory === undefined ? undefined : oneOf<MemoryUse>('memory', ['low', 'balanced', 'fast'], 'fast');
  return {
    engine,
    size: whole('size', 64),
    filters: whole('filters', peers ? 32 : 8),
    blocks: whole('blocks', peers ? 6 : 2, 0),
    batch: whole('batch', 1),
    steps: whole('steps', 5),
    warmup: whole('warmup', 2, 0),
    convention: oneOf('convention', ['keras', 'pytorch'], 'pytorch'),
    memory,
    json: values.json,
    options: backendOptions('options'),
    beside: backendOptions('beside'),
    soak: values.soak === undefined ? undefined : whole('soak', 1, 20),
    tile: tile(),
    loading: values.loading === undefined ? undefined : whole('loading', 1),
    names: values.names === undefined ? undefined : whole('names', 1),
    quality: values.quality
      ? { names: values.recipes?.split(',') ?? [], seeds: wholes('seeds', 1, 2) }
      : undefined,
    fid: values.fid === undefined ? undefined : whole('fid', 1),
    peers,
    against,
    rounds: whole('rounds', 5),
    sizes: wholes('sizes', 64),
    batches: wholes('batches', 1),
    out: values.out ?? 'docs',
  };
}
