/** Evaluates models on test images, and writes a report. Returns the exit code. */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isCycleGANError } from '../../core/errors.js';
import { evaluateDirection } from '../../node/evaluate/evaluate-direction.js';
import { mostKidImages } from '../../node/evaluate/feature-figures.js';
import type { DirectionReport, ModelReport, Report, Shown } from '../../node/evaluate/report.js';
import { checkTestFolder } from '../../node/evaluate/test-images.js';
import { checkReportFolder, writeReport } from '../../node/evaluate/write-report.js';
import { checkOut } from '../../node/translate/outputs.js';
import type { TranslatingModel } from '../../translate/translate-image.js';
import { untilStopped } from '../abort.js';
import { type Engine, startEngine } from '../engine.js';
import { exitCodes } from '../exit-codes.js';
import { type AnyModel, checkModelPath, withModel } from '../models.js';
import { print, printJson } from '../output.js';
import { openFeatures, type OpenFeatures } from './features.js';
import { type Evaluating, type Plan, planEvaluation, type Planned } from './plan.js';
import { tableOf } from './table.js';

export async function evaluate(given: Evaluating): Promise<number> {
  const { paths, data, out, force, features, json } = given;
  checkTestFolder(data);
  for (const path of paths) await checkModelPath(path);
  checkOut('evaluate', out);
  checkReportFolder(out, force);
  const engine = await startEngine(given.engine);
  const network = features === undefined ? undefined : await openFeatures(features, given.featureOptions);
  try {
    const plan = await planEvaluation(given);
    const { result, stopped } = await untilStopped(async (signal) => {
      const models: ModelReport[] = [];
      const shown: Shown[][] = [];
      try {
        for (const each of plan.models) {
          const found = await withModel(each.path, (model) => evaluateModel(each, model, given, network, signal)); // prettier-ignore
          models.push(found.report);
          shown.push(found.shown);
        }
      } catch (error) {
        if (signal.aborted && !isCycleGANError(error)) return undefined;
        throw error;
      }
      const report = reportOf(models, plan, given, engine, network);
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
  { path, algorithm, directions }: Planned,
  model: AnyModel,
  { json, most, neighbours }: Evaluating,
  network: OpenFeatures | undefined,
  signal: AbortSignal,
): Promise<{ report: ModelReport; shown: Shown[] }> {
  const results: DirectionReport[] = [];
  const shown: Shown[] = [];
  for (const { direction, size, images } of directions) {
    const onImage = (done: number, count: number) => {
      if (json) printJson({ event: 'image', model: path, direction, done, count });
      else if (done === count || done % 50 === 0) print(`${path} ${direction}: ${done}/${count} images`);
    };
    const extractor = network?.extractor;
    const evaluation = { model: model as TranslatingModel, direction, images, size, most, extractor, neighbours, signal, onImage }; // prettier-ignore
    const found = await evaluateDirection(evaluation);
    results.push(found.report);
    shown.push(found.shown);
  }
  return { report: { path, algorithm, directions: results }, shown };
}

function reportOf(
  models: ModelReport[],
  { convention }: Plan,
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
      images: `Images are resized as by the ${convention === 'keras' ? 'Keras example: bilinear' : 'PyTorch program: bicubic'}.`,
      scores:
        'Values are from 0 to 1, not rounded to levels. SSIM: Gaussian window of 11 × 11 pixels, σ 1.5, mean over the channels. PSNR is at most 100 dB.',
      features: network?.extractor.convention ?? null,
      kid: `KID: unbiased, cubic kernel, over the first ${mostKidImages} images of each set at once`,
    },
    models,
  };
}
