/** The demo's command line. */
import { parseArgs } from 'node:util';

/** What a run of the demo is made of. */
export interface Settings {
  /** Training stops after so many steps … */
  steps: number;
  /** … or minutes, whichever comes first. */
  minutes: number;
  size: number;
  filters: number;
  blocks: number;
  seed: number;
  /** How many of the pairs kept aside are scored. */
  test: number;
  /** Folder of the run. */
  out: string;
}

const defaults: Settings = {
  steps: 1000,
  minutes: 4,
  size: 32,
  filters: 12,
  blocks: 1,
  seed: 1,
  test: 50,
  out: 'runs/demo',
};

const help = `Trains a CycleGAN on OpenMoji: line drawings <-> colour pictures.

npm run demo -- [options]
  --steps N     training steps at most              (${defaults.steps})
  --minutes N   minutes of training at most         (${defaults.minutes})
  --size N      pixels of the pictures' sides       (${defaults.size})
  --filters N   filters of the first convolutions   (${defaults.filters})
  --blocks N    residual blocks                     (${defaults.blocks})
  --seed N      seed of everything random           (${defaults.seed})
  --test N      test pairs to score, up to 200      (${defaults.test})
  --out DIR     folder of the run                   (${defaults.out})
Ctrl-C ends the training and writes what there is; twice, it ends at once.`;

/** The settings of a command line; prints the help and ends where that is asked for. */
export function settingsFrom(args: string[]): Settings {
  const names = Object.keys(defaults) as (keyof Settings)[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args, options: { ...options, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    console.log(help);
    process.exit(0);
  }
  const given = values as Partial<Record<keyof Settings, string>>;
  const numbers = names
    .filter((name) => name !== 'out' && given[name] !== undefined)
    .map((name) => {
      const value = Number(given[name]);
      const whole =
        name === 'minutes' ? value > 0 : Number.isInteger(value) && value >= (name === 'seed' ? 0 : 1);
      if (!whole)
        throw new Error(
          `--${name} must be a ${name === 'minutes' ? '' : 'whole '}number from 1, got "${given[name]!}"`,
        );
      return [name, value];
    });
  const settings = {
    ...defaults,
    ...Object.fromEntries(numbers),
    out: given.out ?? defaults.out,
  } as Settings;
  if (settings.size < 16 || settings.size % 4 !== 0)
    throw new Error(`--size must be a multiple of 4 from 16, got ${settings.size}`);
  if (settings.test > 200)
    throw new Error(`--test must be at most 200, the pairs kept aside, got ${settings.test}`);
  return settings;
}
