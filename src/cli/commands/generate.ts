/** `ts-cyclegan generate <model|run>`: images from noise, with a GAN. */
import type { Command } from 'commander';
import { CycleGANError } from '../../core/errors.js';
import { show, wholeNumber } from '../../core/options.js';
import { checkValue, parseNumber } from '../flags/check.js';
import { print, printJson } from '../output.js';

interface Flags {
  out: string;
  count: string;
  labels?: string;
  seed?: string;
  scale?: string;
  force?: boolean;
  engine?: string;
  json?: boolean;
}

const example = `
Examples:
  ts-cyclegan generate runs/faces --count 64 --seed 7    writes generated/0001.png …, and a sheet
  ts-cyclegan generate runs/digits --labels 0,1,2,3      one image of each class`;

/** Adds the command. */
export function addGenerate(program: Command): void {
  program
    .command('generate')
    .summary('make images from noise with a GAN')
    .description('Makes images from noise with a GAN, and writes them as numbered files and as one sheet.')
    .argument('<model|run>', 'a run folder, or the folder of a saved model')
    .option('--out <folder>', 'the folder of the images', 'generated')
    .option('--count <number>', 'how many images', '16')
    .option('--labels <list>', 'of a GAN with classes: the class of each image, from 0')
    .option('--seed <number>', 'the same seed makes the same images (default: random)')
    .option('--scale <number>', 'pixels of the sheet for each pixel of an image (default: 1)')
    .option('--force', 'replace existing files')
    .option(
      '--engine <name>',
      '"onnxruntime", "webgpu" (a GPU), "cpu", or a package that registers a backend of TensorFlow.js',
    )
    .option('--json', 'print one line of JSON')
    .addHelpText('after', example)
    .action(generate);
}

async function generate(path: string, flags: Flags): Promise<void> {
  const { out, count, labels, seed, scale, force, engine, json } = flags;
  const whole = (flag: string, from: number, text: string) =>
    checkValue(flag, wholeNumber(from), parseNumber(text));
  const options = {
    out,
    ...(labels === undefined
      ? { count: whole('--count', 1, count) }
      : { labels: labels.split(',').map((label) => whole('--labels', 0, label)) }),
    ...(seed !== undefined && { seed: whole('--seed', 0, seed) }),
    ...(scale !== undefined && { scale: whole('--scale', 1, scale) }),
    ...(force === true && { force }),
  };
  const [{ startEngine }, { withModel }, { GAN }, { generateImages }] = await Promise.all([
    import('../engine.js'),
    import('../models.js'),
    import('../../models/gan.js'),
    import('../../node/index.js'),
  ]);
  await startEngine(engine);
  await withModel(path, async (model) => {
    if (!(model instanceof GAN)) {
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `${show(path)} translates images. Run: npx ts-cyclegan translate ${path} photo.jpg`,
      );
    }
    const result = await generateImages(model, options);
    if (json === true) printJson(result);
    else print(`${result.files.length} images in ${out}, seed ${result.seed}. Sheet: ${result.sheet}`);
  });
}
