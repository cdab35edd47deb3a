/** Damaged states: refused whole, with the part named, or taken whole. */
import { deserialize, serialize } from 'node:v8';
import * as tf from '@tensorflow/tfjs';
import {
  Adam,
  CycleGANTrainer,
  ImagePool,
  type ImagePoolState,
  isCycleGANError,
  MovingAverage,
  Random,
  type TrainerState,
} from 'ts-cyclegan';
import { describe, expect, it, vi } from 'vitest';
import { digestOf } from '../support/digest.js';
import { withoutLeaks } from '../support/leaks.js';
import { tinyBatch, tinyModel, tinyPictures } from '../support/tiny.js';

const copy = (state: TrainerState) => deserialize(serialize(state)) as TrainerState;

/** A trainer in the middle of an epoch and of an accumulation, with full pools. */
async function trained() {
  const model = tinyModel({ residualBlocks: 0 });
  const options = { poolSize: 2, ema: 0.9, accumulate: 2, seed: 1, epochs: 3 };
  const trainer = new CycleGANTrainer(model, options);
  const [a, b] = [tinyPictures(2, 1), tinyPictures(2, 2)];
  const stop = { onStepEnd: (at: number) => void (trainer.stopTraining = at === 3) };
  await trainer.fit(a, b, { callbacks: stop });
  tf.dispose([...a, ...b]);
  const dispose = () => {
    trainer.dispose();
    model.dispose();
  };
  return { model, trainer, dispose };
}

const numbers = (shape: number[], value = 0.5) => ({
  shape,
  data: new Float32Array(Math.abs(Math.round(shape.reduce((size, n) => size * n, 1)))).fill(value),
});

const pool = (state: TrainerState, of: 'A' | 'B') => state.stateful[`pool${of}`] as ImagePoolState;
const first = (state: TrainerState) => state.trained.generatorG!.optimizer['model.1/kernel']!;

const damages: [string, (state: TrainerState) => unknown, string][] = [
  ['averages', (s) => delete s.averages.generatorF!.weights['model.1/kernel'], 'averages.generatorF: "model.1/kernel" is missing'],
  ['updates', (s) => (s.averages.generatorG!.updates = -1), 'averages.generatorG.updates must be a whole number from 0, got -1.'],
  ['NaN average', (s) => (s.averages.generatorF!.weights['model.1/kernel']!.data[0] = NaN), 'averages.generatorF.weights.model.1/kernel must contain only finite values, got NaN.'],
  ['three averages', (s) => (s.averages.discriminatorX = s.averages.generatorG!), 'averages.discriminatorX is unknown.'],
  ['negative pool shape', (s) => (pool(s, 'A').images[0] = numbers([-1, -8, 8, 3])), 'stateful.poolA: images.0.shape.0 must be a whole number from 0, got -1.'],
  ['pool shape of fractions', (s) => (pool(s, 'B').images[1] = numbers([0.5, 8, 8, 6])), 'stateful.poolB: images.1.shape.0 must be a whole number from 0, got 0.5.'],
  ['pool of batches', (s) => (pool(s, 'B').images[0] = numbers([2, 8, 8, 3])), 'stateful.poolB: images.0 must have shape [1, height, width, channels], got [2, 8, 8, 3].'],
  ['pool of nothing', (s) => (pool(s, 'B').images[0] = numbers([1, 0, 8, 3])), 'stateful.poolB: images.0 must have shape [1, height, width, channels], got [1, 0, 8, 3].'],
  ['pool of channels', (s) => (pool(s, 'A').images[1] = numbers([1, 8, 8, 4])), 'stateful.poolA: images.1 must have 3 channels, got 4.'],
  ['NaN in a pool', (s) => (pool(s, 'A').images[1]!.data[7] = NaN), 'stateful.poolA: images.1 must contain only finite values, got NaN.'],
  ['steps -1', (s) => (first(s).steps = -1), 'trained.generatorG.optimizer.model.1/kernel.steps must be a whole number from 1, got -1.'],
  ['steps ahead', (s) => (first(s).steps = 99), 'trained.generatorG.optimizer.model.1/kernel must count at most 3 steps, got 99.'],
  ['no slots', (s) => (first(s).slots = {}), 'trained.generatorG.optimizer.model.1/kernel.m is missing.'],
  ['a slot of another optimizer', (s) => (first(s).slots.u = first(s).slots.m!), 'trained.generatorG.optimizer.model.1/kernel.u is unknown.'],
  ['slots of no weight', (s) => (s.trained.generatorG!.optimizer.other = first(s)), 'trained.generatorG.optimizer.other is unknown.'],
  ['another algorithm', (s) => (s.algorithm.name = 'pix2pix'), 'the state is of the algorithm "pix2pix", this trainer runs "cyclegan". Restore it into a trainer of the same algorithm.'],
  ['negative v', (s) => (first(s).slots.v!.data[0] = -1e-9), 'trained.generatorG.optimizer.model.1/kernel.slots.v must contain only finite values from 0.'],
  ['infinite m', (s) => (first(s).slots.m!.data[0] = Infinity), 'trained.generatorG.optimizer.model.1/kernel.slots.m must contain only finite values, got Infinity.'],
  ['infinite factor', (s) => Object.assign(s.schedule, { factor: Infinity }), 'schedule.factor must be a finite number from 0, got Infinity.'],
  ['negative factor', (s) => Object.assign(s.schedule, { factor: -0.5 }), 'schedule.factor must be a finite number from 0, got -0.5.'],
  ['half an epoch', (s) => (s.epoch = 0.5), 'epoch must be a whole number from 0, got 0.5.'],
  ['NaN steps', (s) => (s.step = NaN), 'step must be a whole number from 0, got NaN.'],
  ['NaN weight', (s) => (s.networks.generatorF!['model.4/kernel']!.data[1] = NaN), 'networks.generatorF.model.4/kernel must contain only finite values, got NaN.'],
  ['weights of another type', (s) => (s.networks.generatorG!['model.1/kernel']!.data = new Float64Array(294) as never), 'networks.generatorG.model.1/kernel.data is missing or damaged. Store states with saveState or structuredClone: JSON does not keep typed arrays.'],
  ['random of zeros', (s) => (s.random = [0, 0, 0, 0]), 'random is missing or damaged. Store states with saveState or structuredClone: JSON does not keep typed arrays.'],
  ['random of more bits', (s) => (s.random[2] = 2 ** 40), 'random is missing or damaged. Store states with saveState or structuredClone: JSON does not keep typed arrays.'],
  ['NaN sum', (s) => (s.running!.sums.idt_A = NaN), 'running.sums.idt_A must be a finite number, got NaN.'],
  ['a sum left out', (s) => delete s.running!.sums.D_B, 'running.sums must have each loss if, and only if, running.steps is not 0, got 1 steps.'],
  ['running position', (s) => (s.running!.steps = 7), 'the state must not have more steps in the current epoch than its 3 steps.'],
  ['running seed', (s) => Object.assign(s.running!, { seed: 2 ** 31 }), 'running.seed must be a whole number below 2147483648, got 2147483648.'],
  ['sums of gradients', (s) => (s.trained.generatorG!.accumulated.sums = {}), 'trained.generatorG.accumulated must have sums if it has steps, got 0 sums of 1 steps.'],
  ['m of another shape', (s) => (first(s).slots.m = numbers([1])), 'trained.generatorG.optimizer: m of "model.1/kernel" must have shape [7, 7, 3, 2], got [1].'],
]; // prettier-ignore

describe('restore', () => {
  it('names each kind of damage, and changes nothing', () =>
    withoutLeaks(async () => {
      const { trainer, dispose } = await trained();
      const state = await trainer.state();
      const before = await digestOf(trainer);
      for (const [name, damage, message] of damages) {
        const damaged = copy(state);
        damage(damaged);
        let text = 'no error';
        try {
          trainer.restore(damaged);
        } catch (error) {
          text = `${(error as { code?: string }).code}: ${(error as Error).message}`;
        }
        const whole = `INVALID_STATE: CycleGANTrainer.restore: ${message}`;
        expect(message.endsWith('.') ? text : text.slice(0, whole.length), name).toBe(whole);
        expect((await digestOf(trainer)) === before, name).toBe(true);
      }
      dispose();
    }));

  it('restores a mutated state completely or not at all', { timeout: 300_000 }, () =>
    withoutLeaks(async () => {
      const { trainer, dispose } = await trained();
      const state = await trainer.state();
      trainer.restore(state);
      const before = await digestOf(trainer);
      const { numTensors } = tf.memory();
      const random = new Random(13);
      let taken = 0;
      for (let i = 0; i < 1000; i++) {
        const mutated = copy(state);
        const what = mutate(mutated, random);
        let refused = false;
        try {
          trainer.restore(mutated);
        } catch (error) {
          refused = true;
          expect(isCycleGANError(error, 'INVALID_STATE'), `${what}: ${String(error)}`).toBe(true);
        }
        const after = await digestOf(trainer);
        if (refused) expect(after === before, what).toBe(true);
        else if (after !== before) {
          taken += 1;
          trainer.restore(copy(await trainer.state())); // a state like any other
          expect((await digestOf(trainer)) === after, what).toBe(true);
          trainer.restore(state);
          expect((await digestOf(trainer)) === before, what).toBe(true);
        }
        expect(tf.memory().numTensors, what).toBe(numTensors);
      }
      expect(taken).toBeGreaterThan(50);
      dispose();
    }),
  );

  it('rolls everything back if it fails in the middle', () =>
    withoutLeaks(async () => {
      const { trainer, dispose } = await trained();
      const state = await trainer.state();
      const [a, b] = [tinyBatch(1, 5), tinyBatch(1, 6)];
      await trainer.trainStep(a, b);
      const before = await digestOf(trainer);
      const engine = tf.engine();
      const makeTensor = engine.makeTensor.bind(engine);
      let [calls, failAt] = [0, Infinity];
      const spy = vi.spyOn(engine, 'makeTensor').mockImplementation((...args) => {
        if (++calls === failAt) throw new Error('no memory');
        return makeTensor(...args);
      });
      const changed = await trainer.state();
      trainer.restore(state);
      const all = calls;
      trainer.restore(changed);
      const again = [await digestOf(trainer), tf.memory().numTensors];
      expect(again[0]).toBe(before);
      for (const share of [0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 1]) {
        [calls, failAt] = [0, 1 + Math.floor(share * (all - 1))];
        expect(() => {
          trainer.restore(state);
        }).toThrow('no memory');
        expect([await digestOf(trainer), tf.memory().numTensors]).toEqual(again);
      }
      spy.mockRestore();
      tf.dispose([a, b]);
      dispose();
    }));

  it('copies the state', () =>
    withoutLeaks(async () => {
      const { trainer, dispose } = await trained();
      const state = await trainer.state();
      const before = await digestOf(trainer);
      trainer.restore(state);
      for (const tensors of [
        ...Object.values(state.networks),
        ...Object.values(state.averages).map((a) => a.weights),
      ]) {
        for (const { data } of Object.values(tensors)) data.fill(7);
      }
      pool(state, 'A').images[0]!.data.fill(7);
      state.running!.sums.D_A = 7;
      expect((await digestOf(trainer)) === before).toBe(true);
      dispose();
    }));
});

describe('parts refuse their own damaged states', () => {
  it('each with its name', () =>
    withoutLeaks(async () => {
      const model = tinyModel();
      const average = new MovingAverage(model.generatorG);
      const state = await average.state();
      state.weights['model.1/bias']!.data[0] = Infinity;
      expect(() => {
        average.restore(state);
      }).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: MovingAverage.restore: weights.model.1/bias must contain only finite values, got Infinity.]`,
      );
      const adam = new Adam({ convention: 'pytorch' });
      expect(() => {
        adam.restore({ steps: 1, slots: [{ m: numbers([2]), v: numbers([2], -1) }] });
      }).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: Adam.restore: slots.0.v must contain only finite values from 0, got -1.]`,
      );
      expect(() => {
        adam.restore({ steps: 1, slots: [{ m: numbers([2]), v: numbers([3]) }] });
      }).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: Adam.restore: the shapes of m and v must be equal: tensor 0 must have shape [2], got [3].]`,
      );
      const pool = new ImagePool(2, new Random(1));
      expect(() => {
        pool.restore({ images: [numbers([8, 8, 3])] });
      }).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: ImagePool.restore: images.0 must have shape [1, height, width, channels], got [8, 8, 3].]`,
      );
      expect(() => {
        new Random(1).restore([0, 0, 0, 0]);
      }).toThrowErrorMatchingInlineSnapshot(
        `[CycleGANError: Random.restore: expected four whole numbers of 32 bits, not all of them 0, got [0, 0, 0, 0].]`,
      );
      average.dispose();
      model.dispose();
    }));
});

type Holder = Record<string | number, unknown>;

/** Every place of plain data where something can be changed; a few values of each typed array. */
function placesOf(value: unknown, path = '', found: [Holder, string | number, string][] = []) {
  if (typeof value !== 'object' || value === null) return found;
  const keys = ArrayBuffer.isView(value) ? [0, (value as Float32Array).length - 1] : Object.keys(value);
  for (const key of keys) {
    found.push([value as Holder, key, `${path}.${key}`]);
    placesOf((value as Holder)[key], `${path}.${key}`, found);
  }
  return found;
}

/** Changes one or two places at random; says where and to what. */
function mutate(state: TrainerState, random: Random): string {
  const told: string[] = [];
  for (let times = 1 + random.index(2); times > 0; times--) {
    const places = placesOf(state);
    const [holder, key, path] = places[random.index(places.length)]!;
    const old = holder[key];
    const values: unknown[] = [
      undefined, null, NaN, Infinity, -1, 0.5, 0, 1, 2, 3e9, 1e300, '', 'x', true, [], {}, [1, 2], new Float32Array(3),
      numbers([1, 8, 8, 3]), places[random.index(places.length)]![0], 10n, typeof old === 'number' ? old + 1 : old,
    ]; // prettier-ignore
    const kind = random.index(values.length + 3);
    if (kind < values.length) {
      try {
        holder[key] = values[kind];
      } catch {
        holder[key] = -2; // a typed array takes no bigint
      }
      told.push(`${path} = ${values[kind] === holder ? 'itself' : typeof values[kind]} ${kind}`);
    } else if (Array.isArray(holder)) {
      if (kind === values.length) holder.pop();
      else holder.splice(Number(key), kind === values.length + 1 ? 1 : 0, old);
      told.push(`${path} spliced`);
    } else if (!ArrayBuffer.isView(holder)) {
      Reflect.deleteProperty(holder, key);
      told.push(`${path} deleted`);
    }
  }
  return told.join(', ');
}
