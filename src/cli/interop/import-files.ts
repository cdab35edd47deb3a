/** Imports weight files of other programs, and saves them as a model. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { ImportedModel } from '../../interop/import-model.js';
import type { ImportOptions } from '../../interop/import-options.js';
import { fileSystem } from '../../node/files/file-system.js';
import { readWeightFiles } from '../../node/interop/weight-files.js';
import { inWords } from '../flags/names.js';
import { type Format, formatOfFile, formats } from './formats.js';
import { modelName } from './model-name.js';

/**
 * The format of files, which must be one that can be read.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`
 */
export async function formatToRead(paths: readonly string[]): Promise<Required<Pick<Format, 'read'>>> {
  const found = new Set<Required<Pick<Format, 'name' | 'read'>>>();
  for (const path of paths) {
    const isFolder = await stat(path).then((entry) => entry.isDirectory(), () => false); // prettier-ignore
    const format = isFolder ? formats[0] : formatOfFile(path);
    if (format?.read === undefined) {
      const known = formats.filter(({ read }) => read !== undefined).flatMap(({ extensions }) => extensions);
      const fault =
        format === undefined
          ? `must be a file of ${known.join(', ')}, got ${show(extname(path))}.`
          : `has the format ${format.name}, which can be exported but not read. Use the saved model, or a file of ${known.join(', ')}.`;
      throw new CycleGANError('INVALID_ARGUMENT', `${show(path)} ${fault}`);
    }
    found.add(format as Format & { read: typeof format.read });
  }
  const [format, ...others] = found;
  if (others.length > 0) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `the files have the formats ${[...found].map(({ name }) => name).join(' and ')}. Import files of one format.`,
    );
  }
  return format!;
}

/** Builds the model of files. They must have one format. */
export async function readModel(paths: readonly string[], options: ImportOptions): Promise<ImportedModel> {
  const { read } = await formatToRead(paths);
  const files = await readWeightFiles(paths);
  try {
    return await read(files, options);
  } catch (error) {
    throw inWords(error);
  }
}

interface Importing {
  paths: readonly string[];
  out: string;
  force: boolean;
  options: ImportOptions;
}

/** What was imported. */
export interface Imported extends Omit<ImportedModel, 'model'> {
  out: string;
  /** The class of the model. */
  model: string;
}

/** @throws CycleGANError `INVALID_ARGUMENT` if there is a model, and for files of another format; as `importModel` */
export async function importFiles({ paths, out, force, options }: Importing): Promise<Imported> {
  if (existsSync(join(out, 'config.json'))) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${show(out)} is a run folder. Use another folder for --out.`,
    );
  }
  if (!force && existsSync(join(out, 'model.json'))) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `the folder ${show(out)} has a model. Use another folder for --out, or pass --force to replace it.`,
    );
  }
  const { model, ...rest } = await readModel(paths, options);
  try {
    await model.save(fileSystem(out));
    return { out, model: modelName(model), ...rest };
  } finally {
    model.dispose();
  }
}
