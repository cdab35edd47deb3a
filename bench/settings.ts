/** The benchmark's command line. */
import { parseArgs } from 'node:util';
import type { OnnxRuntimeBackendOptions } from 'ts-cyclegan/backends/onnxruntime';
import type { MemoryUse } from 'ts-cyclegan';
import { peerNames } from './peer-names.js';

/** What is measured. */
export interface Settings {
  engine: string;
  size: number;
  filters: number;
  blocks: number;
  batch: number;
  /** Steps and translations that count, after `warmup` that do not. */
  steps: number;
  warmup: number;
  convention: 'keras' | 'pytorch';
  /** The trainer's option. */
  memory: MemoryUse | undefined;
  /** File that the figures are written to. */
  json: string | undefined;
  /** Of the ONNX Runtime backend; and others, whose steps take turns with those. */
  options: OnnxRuntimeBackendOptions | undefined;
  beside: OnnxRuntimeBackendOptions | undefined;
  /** Steps of a soak: nothing but memory is measured. */
  soak: number | undefined;
  /** Whether other engines are measured beside ours; what follows is for that. */
  peers: boolean;
  against: string[];
  /** How often each engine has its turn of `steps` steps. */
  rounds: number;
  /** Sizes at the first batch size, and batch sizes at the first size. */
  sizes: number[];
  batches: number[];
  /** Folder of the page, and of `images`. */
  out: string;
}

const help = `Kernels, milliseconds and memory of a training step and of a translation.

npm run bench -- [options]
  --engine NAME      tfjs backend                       (cpu)
  --size N           pixels of the images' sides      (64)
  --filters N        filters of the first convolutions  (8)
  --blocks N         residual blocks                    (2)
  --batch N          images in a step                 (1)
  --steps N          steps that are timed               (5)
  --warmup N         steps before them                  (2)
  --convention NAME  keras or pytorch                   (pytorch)
  --memory NAME      low, balanced or fast              (the trainer's rule)
  --json FILE        also writes the figures there
  --options JSON     options of the engine onnxruntime, such as '{"withoutPasses":["foldPadding"]}'
  --beside JSON      measures nothing but steps, in turns with steps under these options
  --soak N           measures nothing but memory, over N steps, with image pools and averages

npm run bench -- --peers [options]
Ours beside Keras and PyTorch, in Python environments that it makes for itself under node_modules/.cache (PYTHON names
the Python for that, and about 7 GB are downloaded and unpacked), and beside tfjs-node where TFJS_NODE names a folder made by
test/tfjs-node/setup.sh; "exported" is onnxruntime-node running the exported generator. They take turns. Writes benchmark.md, benchmark.json and images/benchmark-*.svg: a network's
new figures take the place of its old ones, those of other networks stay.
  --engine, --filters, --blocks, --steps, --warmup, --memory as above, but for the defaults onnxruntime, 32 and 6
  --against LIST     ${peerNames.join(',')}
                     (all but torch-bf16)
  --rounds N         turns of every engine              (5)
  --sizes LIST       pixels, at the first batch size    (64)
  --batches LIST     batch sizes, at the first size     (1)
  --out FOLDER       where the page is written          (docs)`;

const text = { type: 'string' as const };

/** The settings of a command line; prints the help and ends where that is asked for. */
export function settingsFrom(args: string[]): Settings {
  const { values } = parseArgs({
    args,
    options: {
      engine: text, size: text, filters: text, blocks: text, batch: text, steps: text, warmup: text, memory: text,
      convention: text, json: text, help: { type: 'boolean', short: 'h' }, peers: { type: 'boolean' }, rounds: text,
      sizes: text, batches: text, against: text, out: text, options: text, beside: text, soak: text,
    }, // prettier-ignore
  });
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const { peers = false } = values;
  const alone = ['size', 'batch', 'convention', 'json', 'options', 'beside', 'soak'] as const;
  const together = ['rounds', 'sizes', 'batches', 'against', 'out'] as const;
  for (const name of peers ? alone : together) {
    if (values[name] === undefined) continue;
    throw new Error(`--${name} goes ${peers ? 'without' : 'with'} --peers`);
  }
  const engine = values.engine ?? (peers ? 'onnxruntime' : 'cpu');
  const backendOptions = (name: 'options' | 'beside') => {
    const given = values[name];
    if (given === undefined) return undefined;
    if (engine !== 'onnxruntime') throw new Error(`--${name} goes with --engine onnxruntime`);
    try {
      return JSON.parse(given) as OnnxRuntimeBackendOptions;
    } catch {
      throw new Error(`--${name} must be JSON, such as '{"winograd":"never"}', got "${given}"`);
    }
  };
  const whole = (
    name: 'size' | 'filters' | 'blocks' | 'batch' | 'steps' | 'warmup' | 'rounds' | 'soak',
    fallback: number,
    least = 1,
  ) => {
    const value = Number(values[name] ?? fallback);
    if (Number.isInteger(value) && value >= least) return value;
    throw new Error(`--${name} must be a whole number from ${least}, got "${values[name]}"`);
  };
  const wholes = (name: 'sizes' | 'batches', fallback: number) => {
    const numbers = values[name]?.split(',').map(Number) ?? [fallback];
    if (numbers.every((n) => Number.isInteger(n) && n > 0)) return numbers;
    throw new Error(`--${name} must be whole numbers from 1 with commas between, got "${values[name]}"`);
  };
  const against = values.against?.split(',') ?? peerNames.filter((name) => name !== 'torch-bf16');
  for (const name of against) {
    if ((peerNames as readonly string[]).includes(name)) continue;
    throw new Error(`--against must be some of ${peerNames.join(', ')} with commas between, got "${name}"`);
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
    peers,
    against,
    rounds: whole('rounds', 5),
    sizes: wholes('sizes', 64),
    batches: wholes('batches', 1),
    out: values.out ?? 'docs',
  };
}
