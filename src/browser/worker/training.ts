/** Training in a Worker: steps, samples and checkpoints of the runs that are open. */
import * as tf from '@tensorflow/tfjs-core';
import { transfer } from 'comlink';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import type { TrainerCallback } from '../../trainer/engine/callback.js';
import { sampleImages, type Samples } from '../../trainer/algorithms/cyclegan/sample-images.js';
import { translateImage } from '../../translate/translate-image.js';
import { type Pixels, pixelsOf } from '../images/tensor-to-image.js';
import { modelFiles } from '../models/model-files.js';
import { epochsOf } from '../storage/run-record.js';
import { writeRun } from '../storage/runs.js';
import { createRun, type OpenRun, reopenRun } from './open-run.js';
import type {
  Sample,
  TrainingEvents,
  TrainingProgress,
  TrainingRhythm,
  WorkerFunctions,
} from './protocol.js';
import { receivedImage } from './received-image.js';
import { firstImage } from './sample-images.js';

type Functions = Pick<
  WorkerFunctions,
  'openRun' | 'train' | 'pause' | 'state' | 'modelFiles' | 'saveModel' | 'translateWithRun' | 'closeRun'
>;

/** A run, and what happens with it. */
interface Session {
  readonly run: OpenRun;
  readonly rhythm: TrainingRhythm;
  readonly events: Required<TrainingEvents<Pixels>>;
  /** The current training, if any. */
  running: Promise<TrainingProgress> | undefined;
  /** Work that waits for the end of a step. */
  readonly waiting: (() => Promise<void>)[];
}

/** @param ready starts the engine */
export function training(ready: () => Promise<unknown>): Functions {
  const sessions = new Map<string, Session>();
  const sessionOf = (where: string, name: string): Session => {
    const session = sessions.get(name);
    if (session) return session;
    throw new CycleGANError(
      'DISPOSED',
      `${where}: the training ${show(name)} has been closed. Resume it first.`,
    );
  };
  const pause = async (session: Session): Promise<TrainingProgress> => {
    session.run.trainer.stopTraining = true;
    return (await session.running) ?? progressOf(session.run);
  };

  return {
    async openRun(name, run, rhythm, events) {
      const where = run ? 'startTraining' : 'resumeTraining';
      const opened = await (run ? createRun(where, name, run, ready) : reopenRun(where, name, ready));
      const session = {
        run: opened,
        rhythm,
        events: events as Session['events'],
        running: undefined,
        waiting: [],
      };
      sessions.set(name, session);
      return progressOf(opened);
    },
    async train(name) {
      const session = sessionOf('train', name);
      session.running ??= train(session).finally(() => {
        session.running = undefined;
      });
      return await session.running;
    },
    pause: async (name) => await pause(sessionOf('pause', name)),
    state: async (name) => await sessionOf('state', name).run.trainer.state(),
    async modelFiles(name, options) {
      return await betweenSteps(sessionOf('modelFiles', name), ({ trainer }) =>
        trainer.withAverages(() => modelFiles(trainer.model, options)),
      );
    },
    async saveModel(name, target, options) {
      await betweenSteps(sessionOf('saveModel', name), ({ trainer }) =>
        trainer.withAverages(() => trainer.model.save(target, options)),
      );
    },
    async translateWithRun(name, image, direction) {
      return await betweenSteps(sessionOf('translate', name), async ({ trainer }) => {
        const { model } = trainer;
        const input = await receivedImage(image, model.generatorG);
        let output: tf.Tensor3D | undefined;
        try {
          output = await trainer.withAverages(() => translateImage(model, input, direction));
          const pixels = await pixelsOf('translate', output);
          return transfer(pixels, [pixels.data.buffer]);
        } finally {
          tf.dispose([input, ...(output ? [output] : [])]);
        }
      });
    },
    async closeRun(name) {
      const session = sessions.get(name);
      if (session === undefined) return;
      await pause(session).catch(() => undefined); // its error has been reported to who called train
      sessions.delete(name);
      session.run.close();
    },
  };
}

const progressOf = ({ trainer, record }: OpenRun): TrainingProgress => ({
  step: trainer.step,
  epoch: trainer.epoch,
  complete: trainer.epoch >= epochsOf(record),
});

/** Runs `work` when no step is running: averaged weights must not be in place during a step. */
async function betweenSteps<T>(session: Session, work: (run: OpenRun) => Promise<T>): Promise<T> {
  if (session.running === undefined) return await work(session.run);
  return await new Promise<T>((resolve, reject) => {
    session.waiting.push(() => work(session.run).then(resolve, reject));
  });
}

/** Trains until all epochs are complete or `stopTraining` is set, then writes a checkpoint. */
async function train(session: Session): Promise<TrainingProgress> {
  const { run, rhythm } = session;
  const { trainer, images, files, record } = run;
  const samples =
    rhythm.sampleEvery > 0
      ? {
          A: await firstImage(files.a, record.preprocessing),
          B: await firstImage(files.b, record.preprocessing),
        }
      : undefined;
  try {
    const callbacks = [
      reporting(session),
      ...(samples ? [sampling(session, samples)] : []),
      checkpoints(session),
    ];
    if (!progressOf(run).complete) await trainer.fit(images.a, images.b, { ...record.fit, callbacks });
    await checkpoint(session);
    return progressOf(run);
  } finally {
    if (samples) tf.dispose(Object.values(samples));
    for (const work of session.waiting.splice(0)) await work();
  }
}

/** Tells the page about steps and epochs. A page that is busy delays training instead of collecting messages. */
function reporting({ events, run: { trainer } }: Session): TrainerCallback {
  let sent: unknown;
  return {
    async onStepEnd(step, losses) {
      await sent;
      sent = events.onStep({ step, epoch: trainer.epoch, losses: losses as Record<string, number> });
    },
    async onEpochEnd(epoch, losses) {
      await sent;
      sent = events.onEpoch({ epoch, losses: losses as Record<string, number> });
    },
    onTrainEnd: async () => {
      await sent;
    },
  };
}

/** Writes checkpoints, and does what has waited for the end of a step. */
const checkpoints = (session: Session): TrainerCallback => ({
  async onStepEnd(step) {
    for (const work of session.waiting.splice(0)) await work();
    const every = session.rhythm.checkpointEvery;
    if (every > 0 && step % every === 0) await checkpoint(session);
  },
});

async function checkpoint({ run: { trainer, record }, events }: Session): Promise<void> {
  const state = await trainer.state();
  const { step, epoch } = state;
  await writeRun('checkpoint', { ...record, saved: Date.now(), step, epoch }, state);
  await events.onCheckpoint({ step, epoch });
}

/** Sends samples to the page. */
function sampling({ rhythm, events }: Session, images: { A: tf.Tensor4D; B: tf.Tensor4D }): TrainerCallback {
  return sampleImages({
    images,
    every: rhythm.sampleEvery,
    async onSample(samples, { step }) {
      const a = await sampleOf(samples, 'real_A', 'fake_B', 'rec_A');
      const b = await sampleOf(samples, 'real_B', 'fake_A', 'rec_B');
      const buffers = [a, b].flatMap(({ real, fake, rec }) =>
        [real, fake, rec].map(({ data }) => data.buffer),
      );
      await events.onSample(transfer({ step, a, b }, buffers));
    },
  });
}

async function sampleOf(
  samples: Samples,
  real: keyof Samples,
  fake: keyof Samples,
  rec: keyof Samples,
): Promise<Sample<Pixels>> {
  const pixels = async (name: keyof Samples): Promise<Pixels> => {
    const image = tf.squeeze<tf.Tensor3D>(samples[name]!, [0]);
    try {
      return await pixelsOf('sample', image);
    } finally {
      image.dispose();
    }
  };
  return { real: await pixels(real), fake: await pixels(fake), rec: await pixels(rec) };
}
