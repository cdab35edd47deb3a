/**
 * The steps of an epoch of two sets of known length. With 'max' (PyTorch), A has a random order and is repeated if B is larger, and
 * B is drawn at random. With 'min' (Keras), each set has an order of its own. The order depends on the names and the seed only.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { Random } from '../core/random.js';
import { drawsOf, type Showing, turns } from './epoch-order.js';
import type { Reader } from './reader.js';
import { both, type EpochSettings, type Step } from './step.js';

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
  { serial, after }: EpochSettings,
): AsyncGenerator<Step> {
  const sizes = [a.source.length, b.source.length] as const;
  let found = after !== undefined;
  for (const turn of turns(a.source, steps, a.order, after?.a)) {
    const random = drawsOf(turn, a.order);
    const ofB = serial ? (turn.round * sizes[0] + turn.index) % sizes[1] : random.index(sizes[1]);
    const [forA, forB] = [new Random(random.seed()), new Random(random.seed())];
    const repeated = !serial && steps > sizes[0]; // then another image of A may replace a broken one
    const [x, y] = await both(
      repeated ? a.readAny(turn.index, forA) : a.read(turn.index, forA),
      serial ? b.read(ofB, forB) : b.readAny(ofB, forB),
    );
    if (x && y) yield { images: [x, y], names: [a.name, b.name], position: { a: showing(turn) } };
    else tf.dispose([x, y]);
    found ||= Boolean(x && y);
  }
  if (!found) throw noPair();
}

/** Each set in its own order, until one ends. */
async function* stepsInOrder(a: Side, b: Side, { after }: EpochSettings): AsyncGenerator<Step> {
  const rest = ({ source, order }: Side) =>
    turns(source, source.length, order, after?.[order.side as 'a' | 'b']).reverse();
  const [restA, restB] = [rest(a), rest(b)];
  while (restA.length > 0 && restB.length > 0) {
    const [x, y] = await both(a.readLast(restA), b.readLast(restB));
    if (x && y) {
      const position = { a: showing(a.last!), b: showing(b.last!) };
      yield { images: [x, y], names: [a.name, b.name], position };
    } else tf.dispose([x, y]);
  }
}

const showing = ({ name, round }: Showing): Showing => ({ name, round });

const noPair = () =>
  new CycleGANError(
    'INVALID_DATA',
    'unpaired: there must be at least one pair of images that can be read, got none.',
  );
