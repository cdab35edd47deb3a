/**
 * The steps of an epoch of two sets of known length. With 'max' (PyTorch), A has a random order and is repeated if B is larger, and
 * B is drawn at random. With 'min' (Keras), each set has an order of its own. The order depends on the names and the seed only.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { Random } from '../core/random.js';
import { drawsOf, type Showing, type Turn, turns } from './epoch-order.js';
import { readAhead } from './read-ahead.js';
import type { Reader, Taken } from './reader.js';
import type { EpochSettings, Step } from './step.js';
import { type Read, stepsOfOne } from './steps-of-one.js';

type Side = Reader<tf.Tensor>;

/** @throws CycleGANError `INVALID_DATA` if no image can be read */
export function stepsByName(a: Side, b: Side, settings: EpochSettings): AsyncGenerator<Step> {
  const { length, serial } = settings;
  if (length === 'min' && !serial) return stepsInOrder(a, b, settings);
  return stepsOfA(a, b, Math[length](a.source.length, b.source.length), settings);
}

/** A in its order, repeated if B is larger. B at random, or with the same index. */
async function* stepsOfA(
  a: Side,
  b: Side,
  steps: number,
  { serial, after, depth, limit }: EpochSettings,
): AsyncGenerator<Step> {
  const sizes = [a.source.length, b.source.length] as const;
  const repeated = !serial && steps > sizes[0]; // then another image of A may replace a broken one
  const read = async (turn: Turn): Promise<Step | undefined> => {
    const random = drawsOf(turn, a.order);
    const ofB = serial ? (turn.round * sizes[0] + turn.index) % sizes[1] : random.index(sizes[1]);
    const [forA, forB] = [new Random(random.seed()), new Random(random.seed())];
    const [x, y] = await bothTaken(
      repeated ? a.readAny(turn.index, forA) : a.read(turn.index, forA),
      serial ? b.read(ofB, forB) : b.readAny(ofB, forB),
    );
    return x && { images: [x.item, y.item], names: [x.name, y.name], position: { a: showing(turn) } };
  };
  let found = after !== undefined;
  for await (const step of readAhead(turns(a.source, steps, a.order, after?.a), {
    read,
    dispose: ({ images }) => tf.dispose(images),
    depth,
    limit,
  })) {
    found = true;
    yield step;
  }
  if (!found) throw noPair();
}

/** Each set in its own order, until one ends. */
async function* stepsInOrder(a: Side, b: Side, { after, ...reading }: EpochSettings): AsyncGenerator<Step> {
  const sides = [a, b].map((reader) =>
    stepsOfOne(reader, (image) => image.dispose(), reading, after?.[reader.order.side as 'a' | 'b']),
  );
  try {
    for (;;) {
      const [x, y] = await bothTaken(...(sides.map(nextOf) as [Promise<Found>, Promise<Found>]));
      if (!x) return;
      const position = { a: x.position.a, b: y.position.a };
      yield { images: [x.item, y.item], names: [x.name, y.name], position };
    }
  } finally {
    await Promise.all(sides.map((side) => side.return(undefined)));
  }
}

type Found = Read<tf.Tensor> | undefined;

async function nextOf(side: AsyncGenerator<Read<tf.Tensor>, void, undefined>): Promise<Found> {
  const next = await side.next();
  return next.done === true ? undefined : next.value;
}

/** Awaits both images. If one fails or is missing, the other is disposed. */
async function bothTaken<T extends Taken<tf.Tensor>>(
  a: Promise<T | undefined>,
  b: Promise<T | undefined>,
): Promise<[T, T] | [undefined, undefined]> {
  const results = await Promise.allSettled([a, b]);
  const taken = results.map((result) => (result.status === 'fulfilled' ? result.value : undefined));
  if (taken[0] && taken[1]) return [taken[0], taken[1]];
  tf.dispose(taken.flatMap((one) => (one ? [one.item] : [])));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return [undefined, undefined];
}

const showing = ({ name, round }: Showing): Showing => ({ name, round });

const noPair = () =>
  new CycleGANError(
    'INVALID_DATA',
    'unpaired: there must be at least one pair of images that can be read, got none.',
  );
