/** The page of the tests: makes the library's functions and a Worker available to `page.evaluate`. */
import * as tf from '@tensorflow/tfjs-core';
import { type CycleGANOptions, type CycleGANTrainerOptions, Random, translateImage } from 'ts-cyclegan';
import * as browser from 'ts-cyclegan/browser';

const connect = (): browser.CycleGANWorker =>
  browser.connectWorker(new Worker(new URL('./cyclegan.worker.ts', import.meta.url), { type: 'module' }));

/** What an action throws, as plain data. */
async function failure(action: () => Promise<unknown>): Promise<{ code: unknown; message: string } | string> {
  try {
    return `no error, but ${JSON.stringify(await action())}`;
  } catch (error) {
    const { code, message } = error as { code: unknown; message: string };
    return { code, message };
  }
}

/** Milliseconds of CPU time that the page's main thread has used. The test gives it to the page. */
declare const cpuTime: () => Promise<number>;

/**
 * Milliseconds of CPU time that `action` costs the page's main thread. How long its tasks last would depend on what else the machine
 * does, this does not.
 */
async function onMainThread<T>(action: () => Promise<T>): Promise<{ result: T; busy: number }> {
  const before = await cpuTime();
  const result = await action();
  return { result, busy: (await cpuTime()) - before };
}

/** Files of this server, as a person would choose them. */
const filesAt = (folder: string, names: readonly string[]): Promise<File[]> =>
  Promise.all(names.map(async (name) => new File([await (await fetch(`${folder}/${name}`)).blob()], name)));

/** A run of the tests. */
interface TrainSettings {
  readonly names: { readonly a: readonly string[]; readonly b: readonly string[] };
  readonly network: CycleGANOptions;
  readonly training: CycleGANTrainerOptions;
  readonly preprocessing: browser.ImageFilesOptions;
  readonly engines: readonly browser.EngineName[];
}

/** Starts or resumes a run in a new Worker, and trains until step `last`, or to the end. */
async function train(
  { names, network, training, preprocessing, engines }: TrainSettings,
  name: string,
  last: number,
) {
  const cyclegan = connect();
  await cyclegan.useBestEngine({ engines, threads: 1 });
  const losses: number[] = [];
  const samples: number[][] = [];
  const checkpoints: number[] = [];
  const events = {
    checkpointEvery: 3,
    sampleEvery: 4,
    onStep: ({ step, losses: { cycle_A } }: { step: number; losses: Record<string, number> }) => {
      losses.push(cycle_A!);
      if (step === last) void run.pause();
    },
    onSample: ({ a, b }: { a: { fake: ImageData }; b: { rec: ImageData } }) => {
      samples.push([a.fake.width, a.fake.height, b.rec.width]);
    },
    onCheckpoint: ({ step }: { step: number }) => {
      checkpoints.push(step);
    },
  };
  const exists = (await browser.listRuns()).some((each) => each.name === name);
  const run = exists
    ? await cyclegan.resumeTraining(name, events)
    : await cyclegan.startTraining(name, {
        ...events,
        a: await filesAt('images/a', names.a),
        b: await filesAt('images/b', names.b),
        model: network,
        trainer: training,
        images: preprocessing,
        fit: { length: 'max' },
      });
  const { result: progress, busy } = await onMainThread(() => run.train());
  const translated = await run.translate('images/colours.png', 'AtoB');
  const state = await run.state();
  const [json] = await run.modelFiles({ dtype: 'float16' });
  const second = connect();
  if (last === 4) await second.useBestEngine({ engines, threads: 1 }); // else it measures all of them
  const locked = last === 4 ? await failure(() => second.resumeTraining(name)) : undefined;
  second.terminate();
  await run.close();
  cyclegan.terminate();
  return {
    start: run.start,
    progress,
    losses,
    samples,
    checkpoints,
    state,
    busy,
    size: [translated.width, json!.name],
    locked,
  };
}

const bench = { ...browser, tf, Random, translateImage, connect, failure, onMainThread, filesAt, train };
export type Bench = typeof bench;

Object.assign(globalThis, { bench });
