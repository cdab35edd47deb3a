/** The folder of a new run, and the run to resume. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';

/** Where runs are, if `--out` does not say otherwise. */
const runs = 'runs';

export const isRun = (folder: string): boolean => existsSync(join(folder, 'config.json'));

/** `runs/<name of the data>`, with a number if that run exists. */
export function newRunFolder(data: string): string {
  const name = basename(resolve(data)) || 'run';
  for (let i = 1; ; i++) {
    const folder = join(runs, i === 1 ? name : `${name}-${i}`);
    if (!existsSync(folder)) return folder;
  }
}

/** The run in `runs/` that was trained last. */
export function newestRun(): string {
  const folders = existsSync(runs) ? readdirSync(runs).map((name) => join(runs, name)) : [];
  const changed = (folder: string) =>
    Math.max(
      ...['config.json', 'metrics.jsonl'].map(
        (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
      ),
    );
  const [newest] = folders.filter(isRun).sort((a, b) => changed(b) - changed(a));
  if (newest !== undefined) return newest;
  throw new CycleGANError(
    'NOT_FOUND',
    `--resume: there is no run in ${show(runs)}. Pass its folder: npx ts-cyclegan train --resume --out <folder>.`,
  );
}

/** @throws CycleGANError `INVALID_ARGUMENT` if the folder has a run already */
export function checkNewRun(folder: string): void {
  if (!isRun(folder)) return;
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `--out: ${show(folder)} has a run already. Resume it with --resume, or choose another folder.`,
  );
}
