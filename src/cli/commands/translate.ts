/** `ts-cyclegan translate <model|run> <input…>`: translates image files of any size. */
import type { Command } from 'commander';
import { CycleGANError } from '../../core/errors.js';
import { oneOf, show, wholeNumber } from '../../core/options.js';
import { checkValue, parseNumber } from '../flags/check.js';

interface Flags {
  out: string;
  direction?: string;
  format?: string;
  quality?: string;
  size?: string;
  tile?: string;
  mode?: string;
  seed?: string;
  force?: boolean;
  shard?: string;
  engine?: string;
  json?: boolean;
}

const example = `
Examples:
  ts-cyclegan translate runs/first photo.jpg                     writes translated/photo.png
  ts-cyclegan translate runs/first photos --direction BtoA --out paintings
  ts-cyclegan translate style_monet.pth photos                   a generator of PyTorch
  ts-cyclegan translate runs/first "frames/*.png" --shard 2/8    the second of eight jobs
  ts-cyclegan translate runs/first photos --shard "$((JOB_COMPLETION_INDEX + 1))/8"    in a Kubernetes Indexed Job

Files whose result exists are skipped, so a second run translates what is missing. Exit code 3: some files failed.`;

/** Adds the command. */
export function addTranslate(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('translate')
    .summary('translate image files')
    .description(
      'Translates images of any size with a model, and writes them under the same names to another folder. Large images are ' +
        'translated in tiles without seams. Files that cannot be read are reported and skipped.',
    )
    .argument(
      '<model|run>',
      'a run folder, the folder of a saved model, or a weight file such as latest_net_G_A.pth',
    )
    .argument('<input...>', 'files, folders with their subfolders, or glob patterns')
    .option('--out <folder>', 'the folder of the results', 'translated')
    .option('--direction <AtoB|BtoA>', 'of a CycleGAN: from A to B, or back (default: AtoB)')
    .option('--format <name>', 'png, webp or jpeg (default: png)')
    .option('--quality <number>', 'quality of webp and jpeg, from 1 to 100 (default: 90)')
    .option(
      '--size <pixels>',
      'resizes each image first: the length of its shorter side (default: no resize)',
    )
    .option('--tile <pixels>', 'size of the tiles, "auto", or "off" (default: auto)')
    .option(
      '--mode <train|eval>',
      'of pix2pix: whether dropout and the statistics of the image are used (default: train)',
    )
    .option('--seed <number>', 'of pix2pix: the seed of the dropout (default: 0)')
    .option('--force', 'replace existing results')
    .option(
      '--shard <i/n>',
      'translate the i-th of n parts of the files (i from 1), for job arrays. A file belongs to one part by its name',
    )
    .option(
      '--engine <name>',
      '"onnxruntime", "webgpu" (a GPU), "cpu", or a package that registers a backend of TensorFlow.js',
    )
    .option('--json', 'print a line of JSON for each file, and a summary')
    .addHelpText('after', example)
    .action(async (path: string, inputs: string[], flags: Flags) => {
      const { options, engine, json } = optionsOf(flags);
      const { translateInputs } = await import('../translate/translate-inputs.js');
      setExitCode(await translateInputs({ path, inputs, options, engine, json }));
    });
}

/** `2/8` as `{ index: 2, count: 8 }`. */
function shardOf(text: string): { index: number; count: number } {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count) return shard;
  throw new CycleGANError(
    'INVALID_OPTION',
    `--shard must be i/n with i from 1 to n, such as 2/8, got ${show(text)}.`,
  );
}

const tileOf = (text: string): 'auto' | false | number =>
  text === 'auto' ? 'auto' : text === 'off' ? false : checkValue('--tile', wholeNumber(1), parseNumber(text));

/** The options of `translateFiles`. */
function optionsOf({
  out,
  direction,
  format,
  quality,
  size,
  tile,
  mode,
  seed,
  force,
  shard,
  engine,
  json,
}: Flags) {
  return {
    engine,
    json: json === true,
    options: {
      out,
      ...(direction !== undefined && {
        direction: checkValue('--direction', oneOf('AtoB', 'BtoA'), direction),
      }),
      ...(format !== undefined && { format: checkValue('--format', oneOf('png', 'webp', 'jpeg'), format) }),
      ...(quality !== undefined && {
        quality: checkValue('--quality', wholeNumber(1, 100), parseNumber(quality)),
      }),
      ...(size !== undefined && { size: checkValue('--size', wholeNumber(1), parseNumber(size)) }),
      ...(tile !== undefined && { tile: tileOf(tile) }),
      ...(mode !== undefined && { mode: checkValue('--mode', oneOf('train', 'eval'), mode) }),
      ...(seed !== undefined && { seed: checkValue('--seed', wholeNumber(0), parseNumber(seed)) }),
      ...(force === true && { force }),
      ...(shard !== undefined && { shard: shardOf(shard) }),
    },
  };
}
