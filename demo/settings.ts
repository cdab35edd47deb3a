/** The demo's command line. */
import { parseArgs } from 'node:util';

/** The settings of a run. */
export interface Settings {
  /** Training ends after this number of steps … */
  steps: number;
  /** … or minutes, whichever comes first. If one is given, the other is ignored. The decay of the learning rate depends on it. */
  minutes: number;
  size: number;
  filters: number;
  blocks: number;
  seed: number;
  /** Number of test pairs to score. */
  test: number;
  /** Folder of the run. */
  out: string;
}

const defaults: Settings = {
  steps: 1200,
  minutes: 20,
  size: 64,
  filters: 32,
  blocks: 2,
  seed: 1,
  test: 50,
  out: 'runs/demo',
};

const help = `Trains a CycleGAN on OpenMoji: line drawings <-> colour images.

npm run demo -- [options]
  --steps N     training steps                      (${defaults.steps}, at most ${defaults.minutes} minutes)
  --minutes N   minutes of training                 (${defaults.minutes}, or ${defaults.steps} steps)
  --size N      size of the images in pixels        (${defaults.size})
  --filters N   filters of the first convolutions   (${defaults.filters})
  --blocks N    residual blocks                     (${defaults.blocks})
  --seed N      seed of everything random           (${defaults.seed})
  --test N      test pairs to score, up to 200      (${defaults.test})
  --out DIR     folder of the run                   (${defaults.out})
Ctrl-C ends the training and writes the results. A second Ctrl-C ends the program.`;

/** The minimum of each whole number. */
const smallest = { steps: 1, size: 24, filters: 1, blocks: 0, seed: 0, test: 1 };

/** Parses the command line. With `--help`, prints the help and exits. */
export function settingsFrom(args: string[]): Settings {
  const text = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args, options: { ...text, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    console.log(help);
    process.exit(0);
  }
  const given = values as Partial<Record<keyof Settings, string>>;
  const settings: Settings = { ...defaults, out: given.out ?? defaults.out };
  if (given.steps !== undefined) settings.minutes = Infinity;
  if (given.minutes !== undefined) settings.steps = Infinity;
  for (const [name, from] of Object.entries(smallest) as [keyof typeof smallest, number][]) {
    if (given[name] === undefined) continue;
    settings[name] = Number(given[name]);
    if (!Number.isInteger(settings[name]) || settings[name] < from) {
      throw new Error(`--${name} must be a whole number from ${from}, got "${given[name]}"`);
    }
  }
  if (given.minutes !== undefined) settings.minutes = Number(given.minutes);
  if (!(settings.minutes > 0)) throw new Error(`--minutes must be a number above 0, got "${given.minutes}"`);
  if (settings.size % 4 !== 0) throw new Error(`--size must be a multiple of 4, got ${settings.size}`);
  if (settings.test > 200) {
    throw new Error(`--test must be at most 200, the number of test pairs, got ${settings.test}`);
  }
  return settings;
}
