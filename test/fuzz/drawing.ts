/**
 * What a random program is drawn with: its lines so far, the tensors that they made, and the random numbers. Every line is
 * evaluated on the cpu backend at once, so that shapes are known and only valid programs are drawn.
 */
import * as tf from '@tensorflow/tfjs';
import { type Random } from '../../src/core/random.js';
import { cleanly } from './cleanly.js';

export type Type = 'float32' | 'int32' | 'bool' | 'complex64' | 'string';

/** A tensor of the program. */
export interface Known {
  readonly name: string;
  readonly tensor: tf.Tensor;
  /** Whether it has no rounding in it, so that what jumps (floor, comparisons, argMax) may follow. */
  exact: boolean;
  /** Whether derivatives may be taken with respect to it. */
  readonly isVariable?: boolean;
}

/** What a tensor must be to fit. */
export interface Wish {
  readonly types?: readonly Type[];
  readonly ranks?: readonly number[];
  readonly shape?: readonly number[];
  readonly exact?: boolean;
  /** The smallest number of elements. */
  readonly least?: number;
}

/** An expression, and what is known of its value. */
export interface Expression {
  readonly code: string;
  readonly exact: boolean;
  /** How many tensors come out, in an array; one tensor by default. */
  readonly count?: number;
}

const MOST_ELEMENTS = 16384;

const texts = ['', 'a', 'horse', 'żebra', 'a b', '0'];

export class Drawing {
  readonly lines: string[] = [];
  readonly known: Known[] = [];
  private next = 0;

  constructor(readonly random: Random) {}

  chance(probability: number): boolean {
    return this.random.uniform() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.random.index(list.length)]!;
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.random.index(most - least + 1);
  }

  /** Mostly small; sizes of 1 and 0 are as likely as they are dangerous. */
  size(): number {
    return this.chance(0.25) ? 1 : this.chance(0.03) ? 0 : this.between(2, 5);
  }

  shape(ranks: readonly number[] = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6]): number[] {
    const rank = this.pick(ranks);
    return Array.from({ length: rank }, () => (rank > 4 ? Math.min(this.size(), 3) : this.size()));
  }

  newName(): string {
    return `v${this.next++}`;
  }

  /** A tensor that fits: one of those that there are, or a new one. */
  tensor(wish: Wish = {}): Known {
    const fitting = this.known.filter((known) => fits(known, wish));
    return fitting.length > 0 && this.chance(0.75) ? this.pick(fitting) : this.leaf(wish);
  }

  /** A new tensor that fits. */
  leaf({ types = ['float32', 'float32', 'int32', 'bool'], ranks, shape, least = 0 }: Wish): Known {
    const dtype = this.pick(types);
    let sizes = shape ?? this.shape(ranks);
    if (sizes.reduce((a, b) => a * b, 1) < least) sizes = sizes.map((size) => Math.max(size, 1));
    return this.add({ code: this.leafCode(dtype, sizes), exact: true })[0]!;
  }

  private leafCode(dtype: Type, shape: readonly number[]): string {
    const size = shape.reduce((a, b) => a * b, 1);
    const dims = json(shape);
    if (dtype === 'complex64') {
      const part = () => `tf.tensor(${list(size, () => this.number('float32'))}, ${dims})`;
      return `tf.complex(${part()}, ${part()})`;
    }
    if (dtype === 'string')
      return `tf.tensor(${json(Array.from({ length: size }, () => this.pick(texts)))}, ${dims}, 'string')`;
    if (this.chance(0.2)) {
      const value = this.pick([0, 1, 1, this.number(dtype)]);
      return this.chance(0.3) && value !== 0
        ? `tf.ones(${dims}, '${dtype}')`
        : dtype === 'bool'
          ? `tf.zeros(${dims}, '${dtype}')`
          : `tf.fill(${dims}, ${value}, '${dtype}')`;
    }
    if (size > 64) {
      const seed = this.random.index(1000);
      return `noise(${dims}, ${seed}, '${dtype}')`;
    }
    return `tf.tensor(${list(size, () => this.number(dtype))}, ${dims}, '${dtype}')`;
  }

  /** Multiples of a quarter, so that sums and products are exact. */
  number(dtype: Type): number {
    if (dtype === 'bool') return this.between(0, 1);
    if (dtype === 'int32') return this.between(-5, 5);
    return this.between(-12, 12) / 4;
  }

  /** Evaluates an expression; undefined where tfjs refuses it or it grows too large. */
  evaluate(code: string): tf.Tensor[] | undefined {
    try {
      const value = cleanly(() => evaluate(code, this.known));
      const tensors: unknown[] = Array.isArray(value) ? value : [value];
      if (tensors.every(isSmallTensor)) return tensors;
    } catch {
      // what tfjs refuses is not drawn
    }
    return undefined;
  }

  /** Adds a line that names the value of an expression; nothing comes back where that is refused. */
  add({ code, exact, count }: Expression): Known[] {
    const tensors = this.evaluate(code);
    if (tensors === undefined || (count !== undefined && tensors.length !== count)) return [];
    const added = tensors.map((tensor) => ({
      name: this.newName(),
      tensor,
      exact: exact && isShort(tensor),
      isVariable: tensor instanceof tf.Variable,
    }));
    const names = added.map(({ name }) => name);
    this.lines.push(`const ${count === undefined ? names[0]! : `[${names.join(', ')}]`} = ${code};`);
    this.known.push(...added);
    return added;
  }
}

function isSmallTensor(x: unknown): x is tf.Tensor {
  if (!(x instanceof tf.Tensor)) return false;
  const { size, shape } = x as tf.Tensor;
  return size <= MOST_ELEMENTS && shape.every((side) => side >= 0);
}

const fits = ({ tensor, exact }: Known, wish: Wish): boolean =>
  (wish.types ?? ['float32', 'int32', 'bool']).includes(tensor.dtype) &&
  (wish.ranks?.includes(tensor.rank) ?? true) &&
  (wish.shape === undefined || wish.shape.join() === tensor.shape.join()) &&
  (wish.exact !== true || exact) &&
  tensor.size >= (wish.least ?? 0);

const json = (value: unknown): string => JSON.stringify(value);

const list = (length: number, draw: () => number): string => `[${Array.from({ length }, draw).join(', ')}]`;

/** Whether all numbers are multiples of 1/256 and not large: then sums and products of a few are exact. */
function isShort(tensor: tf.Tensor): boolean {
  if (tensor.dtype === 'complex64' || tensor.dtype === 'string') return tensor.dtype === 'string';
  for (const x of tensor.dataSync() as Float32Array) {
    if (!Number.isFinite(x)) continue;
    if (!Number.isInteger(x * 256) || Math.abs(x) > 4096) return false;
  }
  return true;
}

/** Numbers that take no space in a program: multiples of a quarter that look random. */
export function noise(shape: number[], seed: number, dtype: tf.DataType = 'float32'): tf.Tensor {
  let state = (seed + 1) * 7919;
  const values = Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    const whole = ((state >> 8) % 17) - 8;
    return dtype === 'float32' ? whole / 4 : dtype === 'bool' ? Number(whole > 0) : whole;
  });
  return tf.tensor(values, shape, dtype);
}

/** Computes something on the cpu backend, wherever the rest of the program runs. */
export function elsewhere(compute: () => tf.Tensor): tf.Tensor {
  const here = tf.getBackend();
  void tf.setBackend('cpu');
  try {
    return compute();
  } finally {
    void tf.setBackend(here);
  }
}

function evaluate(code: string, known: readonly Known[]): unknown {
  const used = known.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(code));
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- programs are text
  const f = new Function('tf', 'noise', 'elsewhere', ...used.map(({ name }) => name), `return ${code};`) as (
    ...args: unknown[]
  ) => unknown;
  return f(tf, noise, elsewhere, ...used.map(({ tensor }) => tensor));
}
