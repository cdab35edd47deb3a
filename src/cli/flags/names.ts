/**
 * The names of flags. A flag is the library's name of the option in kebab case (`lambdaA`, `--lambda-a`); a few have a shorter
 * name. A configuration file has the flag's name in camel case, its word: `lambdaA`, `blocks`.
 */
import { CycleGANError, isCycleGANError } from '../../core/errors.js';

/** Options whose word differs from the library's name. */
const renamed: Readonly<Partial<Record<string, string>>> = {
  residualBlocks: 'blocks',
  batchSize: 'batch',
  mode: 'preprocess',
  inputShape: 'size',
  imageShape: 'size',
  cropSize: 'size',
};

/** The word of an option of the library. */
export const wordOf = (option: string): string => renamed[option] ?? option;

/** The flag of a word: `--lambda-a`. */
export const flagOf = (word: string): string =>
  `--${word.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** A text in which options with compound names are written as flags: `loadSize` becomes `--load-size`. */
export const inFlags = (text: string, options: ReadonlySet<string>): string =>
  text.replaceAll(/(?<![\w.])[a-z]+[A-Z]\w*/g, (name) => (options.has(name) ? flagOf(wordOf(name)) : name));

/** Where the library's messages begin: `CycleGANTrainer: option "ema" …`. */
const where = /^[A-Za-z0-9.]+: (?=option "|the (?:height|width) )/;

/** An error message of the library in the words of the command line: `option "filters"` becomes `--filters`. */
export const messageInFlags = (message: string): string =>
  message
    .replace(where, '')
    .replaceAll(/option "(\w+)"/g, (_, name: string) => flagOf(wordOf(name)))
    .replaceAll(/Use a smaller "(\w+)"/g, (_, name: string) => `Use a smaller ${flagOf(wordOf(name))}`)
    .replaceAll(/Leave "(\w+)" out/g, (_, name: string) => `Leave ${flagOf(wordOf(name))} out`)
    .replaceAll(
      /choose (\w+): "([\w-]+)"/g,
      (_, name: string, value: string) => `choose ${flagOf(wordOf(name))} ${value}`,
    );

/** An error of the library with the names of flags. */
export const inWords = (error: unknown): unknown =>
  isCycleGANError(error)
    ? new CycleGANError(error.code, messageInFlags(error.message), { cause: error })
    : error;
