/** Translates the files of a command line, prints a summary, and returns the exit code. */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { CycleGAN } from '../../models/cyclegan.js';
import { GAN } from '../../models/gan.js';
import { type TranslatedFile, translateFiles, type TranslateFilesOptions } from '../../node/index.js';
import { untilStopped } from '../abort.js';
import { startEngine } from '../engine.js';
import { exitCodes } from '../exit-codes.js';
import { withModel } from '../models.js';
import { messageInFlags } from '../flags/names.js';
import { noteRows } from '../interop/notes.js';
import { columns, print, printJson } from '../output.js';

interface Translating {
  path: string;
  inputs: readonly string[];
  options: Omit<TranslateFilesOptions, 'onFile' | 'signal'>;
  engine: string | undefined;
  json: boolean;
}

/** A line for each file. */
function onFile({ path, output, status, reason, index, count }: TranslatedFile, json: boolean): void {
  if (json) printJson({ event: 'file', path, output, status, ...(reason !== undefined && { reason }) });
  else if (status === 'failed') process.stderr.write(`failed: ${reason ?? path}\n`);
  else print(`${index}/${count} ${status === 'skipped' ? `${output} exists` : output}`);
}

export async function translateInputs({ path, inputs, options, engine, json }: Translating): Promise<number> {
  await startEngine(engine);
  return withModel(path, async (model, notes) => {
    if (model instanceof GAN) {
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `${show(path)} is a GAN, which makes images from noise. Run: npx ts-cyclegan generate ${path}`,
      );
    }
    if (notes.length > 0 && json) printJson({ event: 'notes', notes });
    else if (notes.length > 0) print(columns(noteRows(notes)));
    const direction = model instanceof CycleGAN ? { direction: options.direction ?? ('AtoB' as const) } : {};
    const { result, stopped } = await untilStopped((signal) =>
      translateFiles(model, inputs, {
        ...options,
        ...direction,
        signal,
        onFile: (file) => onFile(file, json),
      }),
    );
    const { translated, skipped, failed } = result;
    if (json)
      printJson({
        event: 'end',
        out: options.out,
        translated: translated.length,
        skipped: skipped.length,
        failed,
      });
    else {
      print(
        `${translated.length} translated, ${skipped.length} skipped because their results exist${skipped.length > 0 ? ' (--force replaces them)' : ''}, ` +
          `${failed.length} failed. Results: ${options.out}`,
      );
    }
    if (stopped !== undefined) return stopped;
    return failed.length > 0 ? exitCodes.someFailed : exitCodes.done;
  }).catch((error: unknown) => {
    if (error instanceof CycleGANError)
      throw new CycleGANError(error.code, messageInFlags(error.message), { cause: error });
    throw error;
  });
}
