/** Flags and configuration files of `train`: names, values, checks, and whom each option belongs to. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addFlags, type Given, givenFlags } from '../../src/cli/flags/add-flags.js';
import { readConfigFile } from '../../src/cli/flags/config-file.js';
import { flagOf, inFlags, messageInFlags, wordOf } from '../../src/cli/flags/names.js';
import { libraryOptions, ownValues } from '../../src/cli/flags/split.js';
import { trainFlags } from '../../src/cli/flags/train-flags.js';
import { CycleGANError, type ErrorCode } from '../../src/core/errors.js';
import { emptyFolder } from '../support/folder.js';

function parsed(...args: string[]): Map<string, Given> {
  const command = new Command().exitOverride();
  addFlags(command, trainFlags);
  command.parse(args, { from: 'user' });
  return givenFlags(command, trainFlags);
}

const error = (code: ErrorCode, message: string) => new CycleGANError(code, message);

const values = (given: Map<string, Given>) =>
  Object.fromEntries([...given].map(([word, { value }]) => [word, value]));

test('flags become values of the type of the option', () => {
  const given = parsed(
    '--filters', '32', '--blocks', '6', '--learning-rate', '2e-4,1e-4', '--norm', 'batch', '--no-dropout', '--serial',
    '--lambda-l1', '50', '--minutes', '.5', '--out', 'runs/7', '--size', '64', '--augment', 'color, cutout',
  ); // prettier-ignore
  expect(values(given)).toEqual({
    filters: 32,
    blocks: 6,
    learningRate: { generator: 2e-4, discriminator: 1e-4 },
    norm: 'batch',
    dropout: false,
    serial: true,
    lambdaL1: 50,
    minutes: 0.5,
    out: 'runs/7',
    size: 64,
    augment: ['color', 'cutout'],
  });
});

test('options go to the parts of the library that have them', () => {
  const given = parsed('--filters', '32', '--seed', '7', '--epochs', '3', '--batch', '2', '--load-size', '70', '--convention', 'pytorch'); // prettier-ignore
  expect(libraryOptions(given, 'cyclegan')).toEqual({
    model: { filters: 32, seed: 7, convention: 'pytorch' },
    trainer: { seed: 7, epochs: 3, convention: 'pytorch' },
    fit: { epochs: 3, batchSize: 2 },
    images: { loadSize: 70, convention: 'pytorch' },
  });
  expect(libraryOptions(parsed('--learning-rate', '1e-3'), 'pix2pix').trainer).toEqual({
    learningRate: 1e-3,
  });
});

test.each([
  [['--filters', 'abc'], '--filters must be a whole number from 1, got "abc".'],
  [['--filters', '0'], '--filters must be a whole number from 1, got 0.'],
  [['--filters', ''], '--filters must be a whole number from 1, got "".'],
  [['--filters', '1e400'], '--filters must be a whole number from 1, got Infinity.'],
  [['--ema', '1'], '--ema must be a number from 0, below 1, got 1.'],
  [['--norm', 'layer'], '--norm must be one of "instance", "batch", "none", got "layer".'],
  [
    ['--learning-rate', '1,2,3'],
    '--learning-rate must be a number above 0, or { generator, discriminator }, got "1,2,3".',
  ],
  [['--augment', 'colour'], '--augment must be a list of "color", "translation", "cutout", each at most once, got ["colour"].'], // prettier-ignore
  [['--channels', '2'], '--channels must be 1, 3 or 4, got 2.'],
  [['--adversarial', 'lsgn'], '--adversarial must be one of "lsgan", "gan", "vanilla", "hinge", "wgan", "wgan-gp", "dragan", "rsgan", "ralsgan", got "lsgn".'], // prettier-ignore
  [['--lambda-l1', '5'], '--lambda-l1 does not apply to cyclegan, but to pix2pix. Leave it out, or choose --algorithm pix2pix.'], // prettier-ignore
])('%j is refused', (args, message) => {
  expect(() => libraryOptions(parsed(...args), 'cyclegan')).toThrow(error('INVALID_OPTION', message));
});

test.each([
  [['--steps', '1.5'], '--steps must be a whole number from 1, got 1.5.'],
  [['--minutes', '0'], '--minutes must be a number above 0, got 0.'],
  [
    ['--algorithm', 'stylegan'],
    '--algorithm must be one of "cyclegan", "pix2pix", "cut", "gan", got "stylegan".',
  ],
])('%j is refused', (args, message) => {
  expect(() => ownValues(parsed(...args))).toThrow(error('INVALID_OPTION', message));
});

test('a configuration file has the same words', async () => {
  const file = join(await emptyFolder(), 'my.json');
  const read = async (content: unknown) => {
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return readConfigFile(file, trainFlags);
  };
  const given = await read({
    data: 'images',
    size: 64,
    lambdaA: 5,
    schedule: { name: 'constant' },
    learningRate: 1e-3,
  });
  expect(values(given)).toEqual({ data: 'images', size: 64, lambdaA: 5, schedule: { name: 'constant' }, learningRate: 1e-3 }); // prettier-ignore
  expect(libraryOptions(given, 'cyclegan').trainer).toEqual({ lambdaA: 5, schedule: { name: 'constant' }, learningRate: 1e-3 }); // prettier-ignore

  await expect(read({ lambdA: 5 })).rejects.toThrow(error('UNKNOWN_OPTION', `${file}: unknown option "lambdA". Did you mean "lambdaA"?`)); // prettier-ignore
  await expect(read({ resume: true })).rejects.toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
  await expect(read([])).rejects.toThrow(error('INVALID_OPTION', `${file}: the file must hold an object such as { "size": 64 }, got [].`)); // prettier-ignore
  await expect(read('{')).rejects.toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
  const wrong = await read({ filters: '32', size: 0 });
  expect(() => libraryOptions(wrong, 'cyclegan')).toThrow(error('INVALID_OPTION', `${file}: "filters" must be a whole number from 1, got "32".`)); // prettier-ignore
  expect(() => ownValues(wrong)).toThrow(error('INVALID_OPTION', `${file}: "size" must be a whole number from 1, got 0.`)); // prettier-ignore
  await expect(readConfigFile(join(file, '..', 'no.json'), trainFlags)).rejects.toThrow(
    expect.objectContaining({ code: 'NOT_FOUND' }),
  );
});

test('names of flags', () => {
  expect(['lambdaL1', 'residualBlocks', 'batchSize', 'mode', 'ema'].map((name) => flagOf(wordOf(name)))).toEqual(
    ['--lambda-l1', '--blocks', '--batch', '--preprocess', '--ema'],
  ); // prettier-ignore
  expect(inFlags('286/256 of cropSize, see ganLosses', new Set(['cropSize']))).toBe(
    '286/256 of --size, see ganLosses',
  );
  expect(new Set(trainFlags.map(({ flag }) => flag)).size).toBe(trainFlags.length);
});

test('messages of the library, in flags', () => {
  expect(
    messageInFlags(
      'CycleGAN: option "levels" belongs to generator "unet", but generator is "resnet". Leave "levels" out, or choose generator: "unet".',
    ),
  ).toBe(
    '--levels belongs to generator "unet", but generator is "resnet". Leave --levels out, or choose --generator unet.',
  );
  expect(messageInFlags('CycleGAN: the height of the images must be a multiple of 4, got 66. Resize or crop them, to 68 for example.')).toBe(
    'the height of the images must be a multiple of 4, got 66. Resize or crop them, to 68 for example.',
  ); // prettier-ignore
});

test('errors of training name flags', () => {
  expect(
    messageInFlags(
      'GANTrainer.fit: images must be at least the 64 of one batch, got fewer. Use a smaller "batchSize".',
    ),
  ).toBe('GANTrainer.fit: images must be at least the 64 of one batch, got fewer. Use a smaller --batch.');
});
