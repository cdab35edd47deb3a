/** Writes a model, or the state of a run, for other programs. */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { ExportedFile } from '../../interop/export-model.js';
import { GAN } from '../../models/gan.js';
import { writeExportedFiles } from '../../node/interop/write-files.js';
import { resumeRun } from '../../node/runs/resume-run.js';
import { type AnyModel, withModel } from '../models.js';
import { targetOf } from '../targets.js';
import { type Format, type ImageModel, type InferenceOptions, writable } from './formats.js';
import { modelName } from './model-name.js';

interface Exporting {
  path: string;
  format: Format;
  options: InferenceOptions;
  out: string;
  /** Whether to write the optimizers of a run, too. */
  optimizers: boolean;
  force: boolean;
}

/** What was exported. */
export interface Exported {
  /** The class of the model. */
  model: string;
  format: string;
  files: { path: string; bytes: number }[];
  /** What a weight file does not contain, and what was used instead. */
  notes: readonly string[];
}

function checked(path: string, model: AnyModel): ImageModel {
  if (!(model instanceof GAN)) return model;
  throw new CycleGANError(
    'UNSUPPORTED',
    `${show(path)} is a GAN, which makes images from noise. Only models that translate images can be exported.`,
  );
}

/** @throws CycleGANError `INVALID_ARGUMENT` if a file exists; as `exportModel` */
export async function exportFiles(exporting: Exporting): Promise<Exported> {
  const { path, format, options, out, optimizers, force } = exporting;
  const unused = Object.keys(options).find(
    (name) => !(format.options as string[] | undefined)?.includes(name),
  );
  if (unused !== undefined) {
    const of = writable.filter((each) => (each.options as string[] | undefined)?.includes(unused));
    throw new CycleGANError(
      'INVALID_OPTION',
      `--${unused === 'dtype' ? 'float16' : unused} is an option of the ${of.length > 1 ? 'formats' : 'format'} ${of.map(({ name }) => name).join(' and ')}, not of ${format.name}.`,
    );
  }
  const write = async (
    any: AnyModel,
    notes: readonly string[],
    more: readonly ExportedFile[] = [],
  ): Promise<Exported> => {
    const model = checked(path, any);
    const files = [...(await format.write!(model, options)), ...more];
    return {
      model: modelName(model),
      format: format.name,
      files: await writeExportedFiles(out, files, force),
      notes,
    };
  };
  if (!optimizers) return withModel(path, write);
  return withTraining(path, format, write);
}

/** The model and the optimizers of the newest checkpoint of a run. The model has its own weights, not their averages. */
async function withTraining(
  path: string,
  { name, writeOptimizers }: Format,
  write: (model: AnyModel, notes: readonly string[], more: readonly ExportedFile[]) => Promise<Exported>,
): Promise<Exported> {
  const { type, folder } = await targetOf(path);
  if (type !== 'run' || writeOptimizers === undefined) {
    const fault =
      type === 'run' ? `the format ${show(name)} has none` : `${show(path)} is a model, which has none`;
    throw new CycleGANError('INVALID_OPTION', `--optimizers writes the optimizers of a run, but ${fault}.`);
  }
  const { trainer } = await resumeRun(folder);
  const { model } = trainer;
  try {
    if (trainer.step === 0) {
      throw new CycleGANError(
        'NOT_FOUND',
        `the run ${show(folder)} has no checkpoint yet. Wait for the first one.`,
      );
    }
    return await write(model, [], await writeOptimizers(await trainer.state()));
  } finally {
    trainer.dispose();
    model.dispose();
  }
}
