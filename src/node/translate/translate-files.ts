/** Translates image files. */
import { CycleGANError } from '../../core/errors.js';
import { hash53 } from '../../core/hash.js';
import { resolveOptions } from '../../core/options.js';
import { chosenGenerator, type TranslatingModel } from '../../translate/translate-image.js';
import { loadSharp } from '../images/sharp.js';
import { listInputs } from './inputs.js';
import { checkOut, planOutputs } from './outputs.js';
import {
  entries,
  type TranslateFilesOptions,
  type TranslateFilesResult,
  where,
} from './translate-options.js';
import { Translation } from './translation.js';

/**
 * Translates image files of any size, and writes the results to a folder under the same names and in the same subfolders.
 *
 * Images are decoded as in `imageFolder`: rotated by EXIF, converted to sRGB, and transparent pixels become white. An image that
 * cannot be read or translated is reported and skipped. Writes are atomic: a result is complete or does not exist, also if the program
 * is killed. Run it again to translate the missing images.
 *
 * @param model a `CycleGAN`, `Pix2Pix`, `CUT` or `Translator`
 * @param inputs a file, a folder (with its subfolders) or a glob, or an array of them. Names are relative to the folder, or to the
 * part of the glob before its first wildcard
 * @returns what was translated, skipped and failed, in the order of the names: `frame2` comes before `frame10`
 * @throws CycleGANError before work begins: `UNKNOWN_OPTION`, `INVALID_OPTION`; `INVALID_ARGUMENT`, also if two images would have
 * the same result, or a result would replace an input; `NOT_FOUND`; `INVALID_DATA` for a folder without images; `DISPOSED`;
 * `UNSUPPORTED` without sharp, or for a model whose channels cannot be read from or written to files. File system errors if a
 * result cannot be written
 * @example
 * ```ts
 * import { CycleGAN } from 'ts-cyclegan';
 * import { fileSystem, translateFiles } from 'ts-cyclegan/node';
 * const run = async () => {
 *   const model = await CycleGAN.load(fileSystem('runs/first/model'));
 *   const { translated, failed } = await translateFiles(model, 'photos/*.jpg', {
 *     direction: 'AtoB',
 *     out: 'paintings',
 *   });
 *   console.log(translated.length, failed);
 * };
 * ```
 */
export async function translateFiles(
  model: TranslatingModel,
  inputs: string | readonly string[],
  options: TranslateFilesOptions,
): Promise<TranslateFilesResult> {
  const { signal, ...others } =
    (options as TranslateFilesOptions | undefined) ?? ({} as TranslateFilesOptions);
  const resolved = resolveOptions(where, entries, others); // which would copy the signal
  resolveOptions(where, { signal: entries.signal }, { signal });
  const settings = { ...resolved, channels: checkModel(model, resolved) };
  checkOut(where, settings.out);
  const all = planOutputs(where, listInputs(where, inputs, settings.out), settings.out, settings.format);
  const { index = 1, count = 1 } = settings.shard ?? {};
  const jobs = all.filter(({ name }) => shardOf(name, count) === index);
  await loadSharp();
  return await new Translation(model, settings, jobs, signal).run();
}

/**
 * The shard of a file, from 1 to `count`. It depends on the name of the file only, so a shard that is restarted later has the same
 * files, also if files were added or removed in the meantime.
 */
const shardOf = (name: string, count: number): number => 1 + (hash53(name) % count);

/** Checks that images of the model can be read and written. Returns the channels of the inputs. */
function checkModel(
  model: TranslatingModel,
  { direction, mode, seed, format, quality }: ReturnType<typeof resolveOptions<typeof entries>>,
): 1 | 3 | 4 {
  if (quality !== undefined && format === 'png') {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: option "quality" belongs to the formats webp and jpeg, but format is "png", which is lossless. ` +
        'Leave "quality" out, or choose another format.',
    );
  }
  const { generator } = chosenGenerator(where, model, direction, { mode, seed });
  const input = generator.inputs[0]!.shape.at(-1)!;
  const output = generator.outputs[0]!.shape.at(-1)!;
  const writable = format === 'jpeg' ? [1, 3] : [1, 3, 4];
  if (![1, 3, 4].includes(input) || !writable.includes(output)) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: the model must read images of 1, 3 or 4 channels and return ${writable.join(', ').replace(/, (\d)$/, ' or $1')} ` +
        `for ${format}, got ${input} and ${output}. Use translateImage with your own files.`,
    );
  }
  return input as 1 | 3 | 4;
}
