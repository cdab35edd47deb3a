/** `ts-cyclegan evaluate <model|run…>`: scores models on test images, and writes a report. */
import type { Command } from 'commander';
import { CycleGANError } from '../../core/errors.js';
import { oneOf, show, wholeNumber } from '../../core/options.js';
import { checkValue, parseNumber } from '../flags/check.js';

interface Flags {
  data: string;
  out: string;
  pairs?: boolean;
  direction?: string;
  size?: string;
  count?: string;
  features?: string;
  featuresSize?: string;
  featuresResize?: string;
  featuresRange?: string;
  neighbours?: boolean;
  force?: boolean;
  engine?: string;
  json?: boolean;
}

const example = `
Examples:
  ts-cyclegan evaluate runs/first --data data/horse2zebra
  ts-cyclegan evaluate runs/a runs/b --data data/drawings --pairs --out comparison
  ts-cyclegan evaluate runs/first latest_net_G_A.pth --data data/horse2zebra --direction AtoB
  ts-cyclegan evaluate runs/first --data data/horse2zebra --features inception.onnx

The report is one page, index.html, which needs no network, and report.json. Ctrl-C ends it; then nothing is written.`;

/** Adds the command. */
export function addEvaluate(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('evaluate')
    .summary('score models on test images')
    .description(
      'Translates the test images, and writes a report: scores, the best and the worst images, and a comparison of several models. ' +
        'With --pairs, translations are compared with their true counterparts. With --features, FID and KID compare them with real images.',
    )
    .argument(
      '<model|run...>',
      'run folders, folders of saved models, or weight files such as latest_net_G_A.pth',
    )
    .requiredOption('--data <folder>', 'the folder with testA and testB, or with pairs')
    .option(
      '--pairs',
      'images are pairs: testA and testB with equal names, or side by side in "test" or "val"',
    )
    .option('--direction <AtoB|BtoA>', 'of a CycleGAN: only this direction (default: both)')
    .option('--out <folder>', 'the folder of the report', 'evaluation')
    .option(
      '--size <pixels>',
      'height and width of the images (default: those of the training; for networks of any size those of the other models, or 256)',
    )
    .option('--count <number>', 'use at most this many test images of each set (default: all)')
    .option(
      '--features <file>',
      'a feature network for FID and KID: an ONNX file, or the model.json of a TensorFlow.js model',
    ) // prettier-ignore
    .option('--features-size <pixels>', 'the size of its input (default: that of the network)')
    .option('--features-resize <name>', 'bicubic (clean-fid) or bilinear (pytorch-fid) (default: bicubic)')
    .option('--features-range <black,white>', 'the values of black and white in its input (default: -1,1)')
    .option('--neighbours', 'find the nearest training image of each translation, in trainA and trainB')
    .option('--force', 'replace an existing report')
    .option(
      '--engine <name>',
      '"onnxruntime", "webgpu" (a GPU), "cpu", or a package that registers a backend of TensorFlow.js',
    ) // prettier-ignore
    .option('--json', 'print lines of JSON')
    .addHelpText('after', example)
    .action(async (paths: string[], flags: Flags) => {
      const given = optionsOf(paths, flags);
      const { evaluate } = await import('../evaluate/evaluate.js');
      setExitCode(await evaluate(given));
    });
}

function rangeOf(text: string): [number, number] {
  const [black, white, ...more] = text.split(',').map(parseNumber);
  if (typeof black === 'number' && typeof white === 'number' && black !== white && more.length === 0) {
    return [black, white];
  }
  throw new CycleGANError(
    'INVALID_OPTION',
    `--features-range must be two different numbers, such as 0,1, got ${show(text)}.`,
  );
}

function optionsOf(paths: string[], flags: Flags) {
  const pixels = (name: string, text: string) => checkValue(name, wholeNumber(1), parseNumber(text));
  const { direction, size, count, features, featuresSize, featuresResize, featuresRange } = flags;
  const own = { featuresSize, featuresResize, featuresRange };
  const useless = Object.entries(own).find(([, value]) => value !== undefined && features === undefined);
  if (useless !== undefined) {
    const flag = useless[0].replace('features', '--features-').toLowerCase();
    throw new CycleGANError('INVALID_OPTION', `${flag} belongs to --features, which is missing. Pass the file of the network.`); // prettier-ignore
  }
  return {
    paths,
    data: flags.data,
    out: flags.out,
    pairs: flags.pairs === true,
    direction:
      direction === undefined ? undefined : checkValue('--direction', oneOf('AtoB', 'BtoA'), direction),
    size: size === undefined ? undefined : pixels('--size', size),
    most: count === undefined ? Infinity : checkValue('--count', wholeNumber(1), parseNumber(count)),
    features,
    featureOptions: {
      ...(featuresSize !== undefined && { size: pixels('--features-size', featuresSize) }),
      ...(featuresResize !== undefined && {
        resize: checkValue('--features-resize', oneOf('bicubic', 'bilinear'), featuresResize),
      }),
      ...(featuresRange !== undefined && { range: rangeOf(featuresRange) }),
    },
    neighbours: flags.neighbours === true,
    force: flags.force === true,
    engine: flags.engine,
    json: flags.json === true,
  };
}
