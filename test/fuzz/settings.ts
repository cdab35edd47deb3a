/** The fuzzer's command line. */
import { parseArgs } from 'node:util';
import { cpuFaults } from './cpu-faults.js';

/** What is tried. */
export interface Settings {
  programs: number;
  convolutions: number;
  seed: number;
  backend: string;
}

const help = `Random tfjs programs on a backend, compared with the cpu backend. What differs is made as short as it can be, and printed.

npm run fuzz -- [options]
  --programs N       programs of many operations          (1000)
  --convolutions N   convolutions and their gradients     (250)
  --seed S           of the first; each has the next      (1)
  --backend NAME     onnxruntime or onnxruntime-winograd  (onnxruntime)

Not drawn, as the cpu backend is wrong:
${cpuFaults.map(({ what, reason }) => `  ${what}: ${reason}`).join('\n')}`;

const backends = ['onnxruntime', 'onnxruntime-winograd'];

/** The settings of a command line; undefined, and the help is printed, where that is asked for. */
export function settingsFrom(args: string[], print: (text: string) => void): Settings | undefined {
  const text = { type: 'string' as const };
  const { values } = parseArgs({
    args,
    options: { programs: text, convolutions: text, seed: text, backend: text, help: { type: 'boolean', short: 'h' } }, // prettier-ignore
  });
  if (values.help) {
    print(help);
    return undefined;
  }
  const { backend = 'onnxruntime' } = values;
  if (!backends.includes(backend)) {
    throw new Error(`fuzz: --backend must be ${backends.join(' or ')}, got "${backend}".`);
  }
  const count = (name: 'programs' | 'convolutions' | 'seed', byDefault: number): number => {
    const given = values[name];
    if (given === undefined) return byDefault;
    if (!/^\d{1,9}$/.test(given)) {
      throw new Error(`fuzz: --${name} must be a whole number from 0 to 999999999, got "${given}".`);
    }
    return Number(given);
  };
  return {
    programs: count('programs', 1000),
    convolutions: count('convolutions', 250),
    seed: count('seed', 1),
    backend,
  };
}
