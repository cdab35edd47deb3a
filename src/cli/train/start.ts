/** Decides what a command line of `train` starts: a new run, a resumed one, or a dry run. */
import { resolve } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { readConfig } from '../../node/runs/config.js';
import type { Given } from '../flags/add-flags.js';
import { exitCodes } from '../exit-codes.js';
import { dryRun } from './dry-run.js';
import { checkData, isFolder } from './layout.js';
import { checkChanges } from './resume.js';
import { checkNewRun, isRun, newestRun, newRunFolder } from './run-name.js';
import { train } from './session.js';
import { givenOf, settingsOf } from './settings.js';

const valueOf = (given: ReadonlyMap<string, Given>, word: string): string | undefined => {
  const value = given.get(word)?.value;
  return typeof value === 'string' ? value : undefined;
};

/** Words that belong to one call, not to the run. */
const ofOneCall = ['resume', 'dryRun', 'json', 'watch', 'out'];
const ofTheRun = (given: ReadonlyMap<string, Given>) =>
  new Map([...given].filter(([word]) => !ofOneCall.includes(word)));

/** Starts. Returns the exit code. */
export async function start(path: string | undefined, given: Map<string, Given>): Promise<number> {
  if (given.has('resume') || (path !== undefined && isRun(path))) return resume(path, given);
  const data = path ?? valueOf(given, 'data');
  if (data === undefined) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      'train needs a folder of images. Run npx ts-cyclegan train --help.',
    );
  }
  checkData(data);
  const settings = settingsOf(resolve(data), given);
  const out = settings.own.out ?? newRunFolder(data);
  checkNewRun(out);
  if (settings.own.dryRun === true) {
    await dryRun(settings, out);
    return exitCodes.done;
  }
  return train({ settings, out, given: ofTheRun(given) });
}

/** Resumes the run in `--out`, in the argument, or the newest one. */
async function resume(path: string | undefined, changes: Map<string, Given>): Promise<number> {
  const isRunPath = path !== undefined && isRun(path);
  if (!changes.has('resume')) {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${show(path)} is a run folder. To resume it, run: npx ts-cyclegan train --resume --out ${path!}`,
    );
  }
  const out = valueOf(changes, 'out') ?? (isRunPath ? path : newestRun());
  const config = await readConfig('train --resume', out);
  const before = givenOf(out, config.command);
  const given = new Map([...before, ...changes]);
  checkChanges(out, changes, config);
  const data = isRunPath ? undefined : path;
  const folder = resolve(data ?? (config.data as { folder: string }).folder);
  if (!isFolder(folder)) {
    throw new CycleGANError(
      'NOT_FOUND',
      `the images of the run ${show(out)} are gone: there is no folder ${show(folder)}. ` +
        `Pass their new folder: npx ts-cyclegan train <data> --resume --out ${out}`,
    );
  }
  given.set('algorithm', { value: config.algorithm, title: '--algorithm' });
  const settings = settingsOf(folder, given);
  return train({ settings, out, given: ofTheRun(given), resumed: { config, changes } });
}
