/**
 * The steps of an epoch of two sets of known length. 'max' is P's: A in a random order, again and again where B is
 * larger, B at random. 'min' is K's: each in an order of its own. What comes depends on the names and the seed alone.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { Random } from '../core/random.js';
import { drawsOf, type Showing, turns } from './epoch-order.js';
import type { Reader } from './reader.js';
import { both, type EpochSettings, type Step } from './step.js';

type Side = Reader<tf.Tensor>;

/** @throws CycleGANError `INVALID_DATA` if nothing can be read */
export function stepsByName(a: Side, b: Side, settings: EpochSettings): AsyncGenerator<Step> {
  const { length, serial } = settings;
  if (length === 'min' && !serial) return stepsInOrder(a, b, settings);
  return stepsOfA(a, b, Math[length](a.source.length, b.source.length), settings);
}

/** A in its order, again and again where B is larger; B at random, or by the same index. */
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
    const repeated = !serial && steps > sizes[0]; // then another image of A can stand in
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

/** Each in its own order, until one ends. */
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
  new CycleGANError('INVALID_DATA', 'unpaired: there must be a pair of images that can be read, got none.');
