/** The benchmark's command line. */
import { parseArgs } from 'node:util';

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
  /** Whether calls are shared; see the trainer's option `shareCalls`. */
  share: boolean | undefined;
  /** File that the figures are written to. */
  json: string | undefined;
}

const help = `Kernels, milliseconds and memory of a training step and of a translation.

npm run bench -- [options]
  --engine NAME      tfjs backend                       (cpu)
  --size N           pixels of the pictures' sides      (64)
  --filters N        filters of the first convolutions  (8)
  --blocks N         residual blocks                    (2)
  --batch N          pictures in a step                 (1)
  --steps N          steps that are timed               (5)
  --warmup N         steps before them                  (2)
  --convention NAME  keras or pytorch                   (pytorch)
  --share yes|no     one call for fake and identity     (the trainer's rule)
  --json FILE        also writes the figures there`;

const text = { type: 'string' as const };

/** The settings of a command line; prints the help and ends where that is asked for. */
export function settingsFrom(args: string[]): Settings {
  const { values } = parseArgs({
    args,
    options: {
      engine: text, size: text, filters: text, blocks: text, batch: text, steps: text, warmup: text, share: text,
      convention: text, json: text, help: { type: 'boolean', short: 'h' },
    }, // prettier-ignore
  });
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const whole = (
    name: 'size' | 'filters' | 'blocks' | 'batch' | 'steps' | 'warmup',
    fallback: number,
    least = 1,
  ) => {
    const value = Number(values[name] ?? fallback);
    if (Number.isInteger(value) && value >= least) return value;
    throw new Error(`--${name} must be a whole number from ${least}, got "${values[name]}"`);
  };
  const oneOf = <T extends string>(name: 'convention' | 'share', words: T[], fallback: T): T => {
    const value = (values[name] ?? fallback) as T;
    if (words.includes(value)) return value;
    throw new Error(`--${name} must be ${words.join(' or ')}, got "${value}"`);
  };
  const share = values.share === undefined ? undefined : oneOf('share', ['yes', 'no'], 'yes') === 'yes';
  return {
    engine: values.engine ?? 'cpu',
    size: whole('size', 64),
    filters: whole('filters', 8),
    blocks: whole('blocks', 2, 0),
    batch: whole('batch', 1),
    steps: whole('steps', 5),
    warmup: whole('warmup', 2, 0),
    convention: oneOf('convention', ['keras', 'pytorch'], 'pytorch'),
    share,
    json: values.json,
  };
}
