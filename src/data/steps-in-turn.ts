/** The steps of an epoch of two sets if the length of at least one is unknown. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import type { Random } from '../core/random.js';
import { type ImageStream, nothingIn } from './images.js';
import { Reader } from './reader.js';
import { both, type EpochSettings, type Step } from './step.js';

type Set = Reader<tf.Tensor> | ImageStream;

const names = ['a', 'b'] as const;

/** Yields steps until the first set has ended (`min`) or both have (`max`). */
export async function* stepsInTurn(
  sides: [Set, Set],
  { length, shuffle }: EpochSettings,
  random: Random,
): AsyncGenerator<Step> {
  const passes = sides.map((images) => pass(images, shuffle, random));
  const ended = [false, false];
  const next = async (side: 0 | 1): Promise<tf.Tensor | undefined> => {
    const item = await passes[side]!.next();
    if (item.done !== true) return item.value;
    ended[side] = true;
    return undefined;
  };
  const again = async (side: 0 | 1): Promise<tf.Tensor> => {
    passes[side] = pass(sides[side], shuffle, random);
    const item = await next(side);
    if (!item) throw endedForGood(side);
    return item;
  };
  try {
    for (let step = 0; ; step++) {
      const items = await both(next(0), next(1));
      const empty = step === 0 ? items.indexOf(undefined) : -1;
      const over = length === 'min' ? ended.includes(true) : !ended.includes(false);
      if (over || empty >= 0) tf.dispose(items);
      if (empty >= 0) throw nothingIn('unpaired', names[empty]!, usedUp);
      if (over) return;
      yield { images: await both(items[0] ?? again(0), items[1] ?? again(1)) };
    }
  } finally {
    for (const started of passes) await started.return(undefined);
  }
}

const usedUp =
  ' A generator can be read only once. Pass an array, a dataset, or an object that creates iterators.';

/** One pass over a set. Sources get a new order; streams keep their own. */
export async function* pass(images: Set, shuffle: boolean, random: Random): AsyncGenerator<tf.Tensor> {
  if (images instanceof Reader) {
    for (const index of order(images.source.length, shuffle, random)) {
      const taken = await images.read(index, random);
      if (taken) yield taken.item;
    }
  } else if ('iterator' in images) {
    const iterator = await images.iterator();
    for (let item = await iterator.next(); item.done !== true; item = await iterator.next()) yield item.value;
  } else {
    yield* images;
  }
}

const order = (size: number, shuffle: boolean, random: Random): number[] =>
  shuffle ? random.permutation(size) : Array.from({ length: size }, (_, i) => i);

function endedForGood(side: 0 | 1): CycleGANError {
  return new CycleGANError(
    'INVALID_DATA',
    `unpaired: ${names[side]} ended first and was empty when read again. Pass images that can be read more than once ` +
      `(an array, a dataset, or an object that creates iterators), or length "min".`,
  );
}
