/** The options of a run, from its trainer. */
import * as tf from '@tensorflow/tfjs-core';
import { version_layers } from '@tensorflow/tfjs-layers';
import { version } from '../../../package.json';
import type { Training } from '../../trainer/engine/training.js';
import type { RunConfig } from './config.js';

/** All options of a trainer's run. */
export function configOf(
  trainer: Training,
  run: Pick<RunConfig, 'checkpointEvery' | 'sampleEvery' | 'plan'>,
  info: Readonly<Record<string, unknown>>,
): RunConfig {
  const [algorithm] = trainer.algorithm.split(' ') as [string]; // GANs name their loss, too: `gan (wgan)`
  const { options } = trainer;
  const model = trainer.model as { options?: Record<string, unknown> };
  return {
    format: 'ts-cyclegan-run',
    version: 1,
    created: new Date().toISOString(),
    versions: {
      'ts-cyclegan': version,
      node: process.versions.node,
      '@tensorflow/tfjs-core': tf.version_core,
      '@tensorflow/tfjs-layers': version_layers,
    },
    engine: tf.getBackend(),
    algorithm,
    seed: trainer.settings.seed,
    model: model.options ?? null,
    trainer: { ...options },
    ...run,
    ...info,
  };
}
