/** Evaluates models on test images, and writes a report. Returns the exit code. */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CycleGANError, isCycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { CUT } from '../../models/cut.js';
import { GAN } from '../../models/gan.js';
import { Pix2Pix } from '../../models/pix2pix.js';
import type { Direction } from '../../models/saved-cyclegan.js';
import { Translator } from '../../models/translator.js';
import { evaluateDirection } from '../../node/evaluate/evaluate-direction.js';
import { mostKidImages } from '../../node/evaluate/feature-figures.js';
import type { DirectionReport, ModelReport, Report, Shown } from '../../node/evaluate/report.js';
import { checkTestFolder, openTestImages } from '../../node/evaluate/test-images.js';
import { directionsOf } from '../../node/evaluate/translated.js';
import { checkReportFolder, writeReport } from '../../node/evaluate/write-report.js';
import { checkOut } from '../../node/translate/outputs.js';
import { chosenGenerator, type TranslatingModel } from '../../translate/translate-image.js';
import { untilStopped } from '../abort.js';
import { type Engine, startEngine } from '../engine.js';
import { exitCodes } from '../exit-codes.js';
import { type AnyModel, checkModelPath, withModel } from '../models.js';
import { print, printJson } from '../output.js';
import { type FeatureOptions, openFeatures, type OpenFeatures } from './features.js';

/** A command line of `evaluate`. */
export interface Evaluating {
  paths: readonly string[];
  data: string;
  out: string;
  pairs: boolean;
  direction: Direction | undefined;
  size: number | undefined;
  most: number;
  features: string | undefined;
  featureOptions: FeatureOptions;
  neighbours: boolean;
  force: boolean;
  engine: string | undefined;
  json: boolean;
}

/** The size of models that accept any size. */
const anySize = 256;

export async function evaluate(given: Evaluating): Promise<number> {
  const { paths, data, out, force, features, json } = given;
  checkTestFolder(data);
  for (const path of paths) await checkModelPath(path); // refuses before the first model is evaluated
  checkOut('evaluate', out);
  checkReportFolder(out, force);
  const engine = await startEngine(given.engine);
  const network = features === undefined ? undefined : await openFeatures(features, given.featureOptions);
  try {
    const { result, stopped } = await untilStopped(async (signal) => {
      const models: ModelReport[] = [];
      const shown: Shown[][] = [];
      try {
        for (const path of paths) {
          const size = models[0]?.directions[0]?.size;
          const found = await withModel(path, (model) => evaluateModel(path, model, given, size, network, signal)); // prettier-ignore
          models.push(found.report);
          shown.push(found.shown);
        }
      } catch (error) {
        if (signal.aborted && !isCycleGANError(error)) return undefined;
        throw error;
      }
      const report = reportOf(models, given, engine, network);
      await writeReport(out, report, shown);
      return report;
    });
    if (result === undefined) {
      process.stderr.write('Stopped. No report was written.\n');
      return stopped ?? exitCodes.failed;
    }
    if (json) printJson({ event: 'end', out, report: join(out, 'report.json') });
    else {
      print(`\n${tableOf(result)}\n`);
      if (network === undefined) {
        print('No FID and KID: no feature network was given. docs/evaluating.md says where to get one, for --features.'); // prettier-ignore
      }
      print(`Report: ${join(out, 'report.json')}   page: ${pathToFileURL(resolve(out, 'index.html')).href}`);
    }
    return stopped ?? exitCodes.done;
  } finally {
    await network?.dispose();
  }
}

async function evaluateModel(
  path: string,
  model: AnyModel,
  { data, direction, json, most, neighbours, ...given }: Evaluating,
  sizeOfOthers: number | undefined,
  network: OpenFeatures | undefined,
  signal: AbortSignal,
): Promise<{ report: ModelReport; shown: Shown[] }> {
  if (model instanceof GAN) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${show(path)} is a GAN, which translates no images. Evaluate CycleGAN, pix2pix and CUT models.`,
    );
  }
  const possible = directionsOf(model);
  const directions = direction === undefined ? possible : possible.filter((each) => each === direction);
  if (directions.length === 0) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `--direction must be ${show(possible[0])} for ${show(path)}, got ${show(direction)}.`,
    );
  }
  const results: DirectionReport[] = [];
  const shown: Shown[] = [];
  for (const each of directions) {
    const { own, convention, channels } = shapeOf(model, each);
    const size = given.size ?? own ?? sizeOfOthers ?? anySize;
    if (sizeOfOthers !== undefined && size !== sizeOfOthers) {
      throw new CycleGANError(
        'INVALID_OPTION',
        `--size is needed to compare models of different sizes: ${show(path)} has ${size} pixels, ${show(given.paths[0])} ${sizeOfOthers}.`,
      );
    }
    const pairs = given.pairs || model instanceof Pix2Pix;
    const images = await openTestImages(data, pairs, each, { size, convention, channels });
    const onImage = (done: number, count: number) => {
      if (json) printJson({ event: 'image', model: path, direction: each, done, count });
      else if (done === count || done % 50 === 0) print(`${path} ${each}: ${done}/${count} images`);
    };
    const extractor = network?.extractor;
    const evaluation = { model, direction: each, images, size, most, extractor, neighbours, signal, onImage };
    const found = await evaluateDirection(evaluation);
    results.push(found.report);
    shown.push(found.shown);
  }
  return { report: { path, algorithm: algorithmOf(model), directions: results }, shown };
}

/** A single generator may come from any program, so its algorithm is unknown. */
function algorithmOf(model: TranslatingModel): ModelReport['algorithm'] {
  if (model instanceof Translator) return 'generator';
  return model instanceof Pix2Pix ? 'pix2pix' : model instanceof CUT ? 'cut' : 'cyclegan';
}

/** How the images of a model are read: its own size, if it has one, and so on. */
function shapeOf(model: TranslatingModel, direction: Direction) {
  const hasOneDirection = model instanceof Pix2Pix || model instanceof CUT;
  const { generator, built } = chosenGenerator('evaluate', model, hasOneDirection ? undefined : direction);
  const [, height, width, input] = generator.inputs[0]!.shape;
  const output = generator.outputs[0]!.shape.at(-1)!;
  const { inputShape } = (model.options ?? {}) as { inputShape?: readonly (number | null)[] };
  const { convention = 'pytorch' } = (built ?? {}) as { convention?: 'keras' | 'pytorch' };
  for (const channels of [input, output]) {
    if ([1, 3, 4].includes(channels!)) continue;
    throw new CycleGANError(
      'UNSUPPORTED',
      `evaluate: the model must translate images of 1, 3 or 4 channels, got ${input} to ${output}.`,
    );
  }
  return {
    own: inputShape?.[0] ?? height ?? width ?? undefined,
    convention,
    channels: [input, output] as [1 | 3 | 4, 1 | 3 | 4],
  };
}

function reportOf(
  models: ModelReport[],
  { data, pairs }: Evaluating,
  engine: Engine,
  network: OpenFeatures | undefined,
): Report {
  // prettier-ignore
  return {
    format: 'ts-cyclegan-evaluation',
    version: 1,
    created: new Date().toISOString(),
    data,
    pairs: pairs || models.some(({ algorithm }) => algorithm === 'pix2pix'),
    engine: `${engine.backend} (${engine.package} ${engine.version ?? ''})`,
    conventions: {
      scores:
        'Values are from 0 to 1, not rounded to levels. SSIM: Gaussian window of 11 × 11 pixels, σ 1.5, mean over the channels. PSNR is at most 100 dB.',
      features: network?.extractor.convention ?? null,
      kid: `KID: unbiased, cubic kernel, over the first ${mostKidImages} images of each set at once`,
    },
    models,
  };
}

/** The figures as lines of text. */
function tableOf({ models }: Report): string {
  const names = ['L1', 'PSNR', 'SSIM', 'cycle', 'colour', 'FID', 'KID'];
  const value = (x: number | undefined, digits: number) => (x === undefined ? '–' : x.toFixed(digits));
  const row = (name: string, scores: DirectionReport['scores'], { features }: Partial<DirectionReport>) => [
    name,
    value(scores.l1, 4),
    value(scores.psnr, 2),
    value(scores.ssim, 4),
    value(scores.cycle, 4),
    value(scores.colour, 4),
    value(features?.fid, 2),
    value(features?.kid, 5),
  ];
  const all = models.flatMap(({ path, directions }) => directions.map((each) => ({ path, each })));
  const rows = [
    ['', ...names],
    ...all.map(({ path, each }) => row(`${path} ${each.direction}`, each.scores, each)),
  ];
  const seen = new Set<string>();
  for (const { each } of all) {
    if (each.nothing === undefined || seen.has(each.direction)) continue;
    seen.add(each.direction);
    rows.push(row(`do nothing ${each.direction}`, each.nothing, {}));
  }
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((cells) => cells[i]!.length)));
  return rows
    .map((cells) =>
      cells
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]! + 2)))
        .join('')
        .trimEnd(),
    ) // prettier-ignore
    .join('\n');
}
