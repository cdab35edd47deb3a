/** All flags of `train`: those of the command, and one for each option of the library. */
import { options } from '../options.generated.js';
import { type Algorithm, algorithms, type GeneratedOption, type Kind } from './generated-option.js';
import { flagOf, wordOf } from './names.js';
import { type Group, type OwnOption, ownOptions } from './own-options.js';

/** A flag, as the help shows it. */
export interface Flag {
  /** Its name in a configuration file. */
  word: string;
  flag: string;
  kind: Kind;
  choices: readonly string[];
  /** The name of the value; empty for a flag without one. */
  value: string;
  help: string;
  /** The default in words. */
  fallback: string | undefined;
  group: Group;
  /** The algorithms that have the option. */
  algorithms: readonly Algorithm[];
}

/** Options of the library that stand among the most used. */
const main = ['filters', 'blocks', 'batch', 'epochs', 'seed', 'convention'];

/** The order of the most used flags in the help. */
const order = ['out', 'algorithm', 'size', 'quick', 'filters', 'blocks', 'batch', 'steps', 'epochs', 'minutes', 'seed', 'convention', 'engine']; // prettier-ignore

/** The word of every option of the library that `--size` stands for. */
const bySize = ['inputShape', 'imageShape', 'cropSize'];

function groupOf(word: string, { parts }: GeneratedOption): Group {
  if (main.includes(word)) return 'Main options';
  const [first] = Object.values(parts).flat();
  if (word === 'stepsPerEpoch') return 'Training';
  return first === 'model' ? 'Networks' : first === 'trainer' ? 'Training' : 'Images';
}

/** One default, or the defaults of the algorithms that have one: `cyclegan: resnet; pix2pix: unet`. */
function fallbackOf({ defaults }: GeneratedOption): string | undefined {
  const values = [...new Set(Object.values(defaults))];
  if (values.length <= 1) return values[0];
  return Object.entries(defaults)
    .map(([algorithm, value]) => `${algorithm}: ${value}`)
    .join('; ');
}

const valueOf = (word: string, { kind, choices = [] }: GeneratedOption): string => {
  if (kind === 'boolean') return '';
  if (kind === 'choice') return choices.join('|').length <= 13 ? choices.join('|') : 'name';
  if (kind === 'list') return 'names';
  return kind === 'rates' ? 'rate' : kind === 'text' ? 'text' : word === 'loadSize' ? 'pixels' : 'number';
};

const ofLibrary = ([name, option]: [string, GeneratedOption]): Flag => {
  const word = wordOf(name);
  const { kind, choices = [], help, parts } = option;
  return {
    word,
    flag: flagOf(word),
    kind,
    choices,
    value: valueOf(word, option),
    help,
    fallback: fallbackOf(option),
    group: groupOf(word, option),
    algorithms: algorithms.filter((algorithm) => parts[algorithm] !== undefined),
  };
};

const ofCommand = ([word, { kind, value = '', help, fallback, group }]: [string, OwnOption]): Flag => ({
  word,
  flag: flagOf(word),
  kind,
  choices: word === 'algorithm' ? algorithms : [],
  value,
  help,
  fallback,
  group,
  algorithms,
});

const place = ({ word }: Flag): number => (order.includes(word) ? order.indexOf(word) : order.length);

/** All flags, the most used first. Flags of kind `json` exist in configuration files only. */
export const trainFlags: readonly Flag[] = [
  ...Object.entries<OwnOption>(ownOptions).map(ofCommand),
  ...Object.entries(options)
    .filter(([name]) => !bySize.includes(name))
    .map(ofLibrary),
].sort((a, b) => place(a) - place(b));
