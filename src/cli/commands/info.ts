/** `ts-cyclegan info <model|run>`: what a model or a run is. */
import type { Command } from 'commander';
import type { ModelInfo } from '../info/model-info.js';
import type { RunInfo } from '../info/run-info.js';
import { bytes, columns, duration, print, printJson } from '../output.js';
import { targetOf } from '../targets.js';

const example = `
Examples:
  ts-cyclegan info runs/first          the progress of a run, and its recent losses
  ts-cyclegan info runs/first/model    the options and the size of a model`;

/** Adds the command. */
export function addInfo(program: Command): void {
  program
    .command('info')
    .summary('show what a model or a run is')
    .description(
      'Shows the algorithm, the options, the parameters and the files of a saved model. Of a run it shows the steps, the recent ' +
        'losses, the checkpoints, and whether it can be resumed. It needs no engine.',
    )
    .argument('<model|run>', 'a run folder, or the folder of a saved model')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', example)
    .action(async (path: string, { json }: { json?: boolean }) => {
      const { type, folder } = await targetOf(path);
      const info =
        type === 'run'
          ? await (await import('../info/run-info.js')).runInfo(folder)
          : await (await import('../info/model-info.js')).modelInfo(folder);
      if (json === true) printJson(info);
      else print(columns(info.type === 'run' ? runRows(info) : modelRows(info)));
    });
}

type Rows = (readonly [name: string, text: string])[];

const count = (value: number): string => value.toLocaleString('en');

/** A value and where it ends. */
const of = (value: number, end: number | null): string =>
  end === null ? count(value) : `${count(value)} of ${count(end)}`;

const listed = (options: Record<string, unknown>): string =>
  Object.entries(options)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');

function sizeOf({ inputShape, imageShape }: Record<string, unknown>): string {
  const shape = (inputShape ?? imageShape) as (number | null)[] | undefined;
  if (shape === undefined) return 'unknown';
  const [height, width, channels] = shape;
  return `${width ?? 'any'} × ${height ?? 'any'} pixels, ${channels} channels`;
}

function modelRows({ folder, algorithm, dtype, options, networks, parameters, files }: ModelInfo): Rows {
  return [
    ['model', folder],
    ['algorithm', algorithm],
    ['images', sizeOf(options)],
    ['parameters', `${count(parameters)}, ${dtype}`],
    ...Object.entries(networks).map(([name, own]) => [`  ${name}`, count(own)] as const),
    ['options', listed(options)],
    ['files', files.map(({ name, bytes: size }) => `${name} (${bytes(size)})`).join(', ')],
  ];
}

function runRows(run: RunInfo): Rows {
  const { folder, algorithm, created, engine, seed, versions, model, trainer, data, limits } = run;
  const {
    step,
    steps,
    epoch,
    epochs,
    seconds,
    losses,
    learningRate,
    checkpoints,
    samples,
    hasModel,
    resumable,
  } = run;
  const newest = checkpoints.at(-1);
  return [
    ['run', folder],
    ['algorithm', algorithm],
    ['images', sizeOf(model ?? {})],
    ['created', created],
    ['engine', `${engine} (${listed(versions)})`],
    ['seed', String(seed)],
    ['progress', `step ${of(step, steps)}, epoch ${of(epoch, epochs)}, ${duration(seconds)} of training`],
    ...(limits === undefined ? [] : [['ends after', listed(limits)] as const]),
    ...(step === 0 ? [] : [['recent losses', shownLosses(losses)] as const]),
    ...(learningRate === null ? [] : [['learning rate', String(learningRate)] as const]),
    ['checkpoints', newest === undefined ? 'none' : `${checkpoints.length}, the newest of step ${count(newest.step)} (${bytes(newest.bytes)})`], // prettier-ignore
    ['samples', `${samples} sheets`],
    ['model', hasModel ? `${folder}/model` : 'not saved yet'],
    [
      'resumable',
      resumable ? `yes: npx ts-cyclegan train --resume --out ${folder}` : 'no, there is no checkpoint',
    ],
    ...(data === undefined ? [] : [['data', listed(data)] as const]),
    ['networks', model === null ? 'of a program' : listed(model)],
    ['training', listed(trainer)],
  ];
}

const shownLosses = (losses: Record<string, number>): string =>
  Object.entries(losses)
    .map(([name, value]) => `${name} ${value.toFixed(3)}`)
    .join(', ');
