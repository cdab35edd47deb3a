/** A model that was changed after it was saved ends in an error of ours or in the same model, never in a hang. */
import * as tf from '@tensorflow/tfjs';
import { CycleGAN, isCycleGANError, Random } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { type Topology, topologyHash } from '../../src/models/bundle.js';
import { scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';
import { damage, mutate } from '../support/mutations.js';

/** The artifacts of a small model, and what it makes of an image. */
async function savedModel() {
  using model = new CycleGAN({
    inputShape: [8, 8, 1], filters: 2, residualBlocks: 0, downsamplingBlocks: 1, discriminatorLayers: 1, seed: 7,
  }); // prettier-ignore
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((given) => {
      artifacts = given;
      return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(given) });
    }),
  );
  return { artifacts: artifacts!, result: resultOf(model) };
}

const image = () => scattered([1, 8, 8, 1], 3) as tf.Tensor4D;
const resultOf = (model: CycleGAN) =>
  tf.tidy(() => [
    ...model.translate(image(), 'AtoB').dataSync(),
    ...model.translate(image(), 'BtoA').dataSync(),
  ]);

/** The error's code, or the result of the model that was loaded. */
async function outcome(artifacts: tf.io.ModelArtifacts, use = resultOf): Promise<unknown> {
  try {
    using model = await CycleGAN.load(tf.io.fromMemory(artifacts));
    return use(model);
  } catch (error) {
    return isCycleGANError(error) ? error.code : error;
  }
}

const count = 1000;

describe('a thousand times each', { timeout: 600_000 }, () => {
  it('a changed topology', () =>
    withoutLeaks(async () => {
      const { artifacts, result } = await savedModel();
      for (let seed = 0; seed < count; seed++) {
        const changed = structuredClone({
          modelTopology: artifacts.modelTopology,
          weightSpecs: artifacts.weightSpecs,
        });
        mutate(changed, new Random(seed));
        const got = await outcome({ ...artifacts, ...(changed as tf.io.ModelArtifacts) });
        if (got !== 'INVALID_MODEL') expect(got, `seed ${seed}`).toEqual(result);
      }
    }));

  it('a changed network whose hash was made anew, which anybody can', () =>
    withoutLeaks(async () => {
      const { artifacts } = await savedModel();
      let loaded = 0;
      for (let seed = 0; seed < count; seed++) {
        const topology = structuredClone(artifacts.modelTopology) as Topology;
        mutate(topology.networks, new Random(seed));
        topology.integrity.sha256 = await topologyHash(topology, artifacts.weightSpecs!);
        const got = await outcome({ ...artifacts, modelTopology: topology }, () => []);
        if (Array.isArray(got)) loaded++;
        else expect(got, `seed ${seed}`).toBe('INVALID_MODEL');
      }
      expect(loaded).toBeLessThan(count / 2); // names, seeds and initializers may change
    }));

  it('changed weights', () =>
    withoutLeaks(async () => {
      const { artifacts } = await savedModel();
      const bytes = new Uint8Array(artifacts.weightData as ArrayBuffer);
      for (let seed = 0; seed < count; seed++) {
        const weightData = Uint8Array.from(damage(bytes, new Random(seed))).buffer;
        if (Buffer.from(weightData).equals(bytes)) continue;
        expect(await outcome({ ...artifacts, weightData }), `seed ${seed}`).toBe('INVALID_MODEL');
      }
    }));
});
