/** Finds images that are the same file, and images that look the same: other sizes, formats and qualities of one image. */
import { setImmediate } from 'node:timers/promises';
import { coarse } from './image-facts.js';

export interface Candidate {
  digest: string;
  /** RGB, 9 × 8. */
  thumbnail: Uint8Array;
}

/** Indices of images that belong together. */
export interface DuplicateIndices {
  /** All are the same file, byte for byte. */
  exact: boolean;
  indices: number[];
}

/**
 * Levels by which thumbnails of one image differ at most: 13 at 9 × 8 and 63 at 36 × 32, for JPEG of quality 50, WebP of quality 60, half
 * and larger sizes of drawings. Drawings of the same face with another mouth differ by 130 and more at 36 × 32.
 */
export const mostCoarse = 16;
export const mostFine = 96;

/** Bits by which two hashes may differ. One of eight bands is then equal. */
const mostBits = 7;
const bands = 8;
/** Levels by which the mean brightness of two such images may differ. */
const mostMean = 3;

/**
 * @param confirm whether two images with similar thumbnails also look the same at a larger size
 */
export async function findDuplicates(
  images: readonly Candidate[],
  confirm: (a: number, b: number) => Promise<boolean>,
  signal?: AbortSignal,
): Promise<DuplicateIndices[]> {
  const sets = new Sets(images.length);
  const first = new Map<string, number>();
  const distinct: number[] = [];
  for (const [i, { digest }] of images.entries()) {
    const same = first.get(digest);
    if (same === undefined) {
      first.set(digest, i);
      distinct.push(i);
    } else sets.join(same, i);
  }
  const looks = distinct.map((index) => look(index, images[index]!.thumbnail));
  for (const pair of similar(looks)) {
    if (!pair) {
      await setImmediate(); // lets the program do other things
      signal?.throwIfAborted();
      continue;
    }
    const [a, b] = pair;
    if (sets.find(a) !== sets.find(b) && (await confirm(a, b))) sets.join(a, b);
  }
  return sets.groups().map((indices) => ({
    indices,
    exact: indices.every((i) => images[i]!.digest === images[indices[0]!]!.digest),
  }));
}

/** The largest difference of two thumbnails, in levels. */
export function difference(a: Uint8Array, b: Uint8Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

interface Look {
  index: number;
  thumbnail: Uint8Array;
  mean: number;
  /** A byte for each band. */
  hash: Uint8Array;
  /** The same bytes as two integers. */
  low: number;
  high: number;
}

/** A difference hash: for each pixel, whether its right neighbour is brighter. */
function look(index: number, thumbnail: Uint8Array): Look {
  const grey = Array.from({ length: coarse.width * coarse.height }, (_, i) => {
    const [r, g, b] = [thumbnail[3 * i]!, thumbnail[3 * i + 1]!, thumbnail[3 * i + 2]!];
    return 0.299 * r + 0.587 * g + 0.114 * b;
  });
  const hash = new Uint8Array(bands);
  for (let y = 0; y < coarse.height; y++) {
    for (let x = 0; x < coarse.width - 1; x++) {
      const at = y * coarse.width + x;
      // more than 3 levels, so that noise in flat areas sets no bits; bands are diagonals, so that few are empty
      if (grey[at + 1]! - grey[at]! > 3) hash[(x + y) % bands]! |= 1 << y;
    }
  }
  const [low, high] = new Int32Array(hash.buffer) as unknown as [number, number];
  return { index, thumbnail, hash, low, high, mean: grey.reduce((a, b) => a + b) / grey.length };
}

/** Counts the bits of a 32-bit integer, in parallel for pairs, nibbles and bytes. */
function bitCount(x: number): number {
  x -= (x >>> 1) & 0x55555555;
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * Pairs whose hashes and thumbnails are similar, and undefined from time to time. Only images with an equal band and a similar
 * brightness are compared.
 */
function* similar(looks: readonly Look[]): Generator<[number, number] | undefined> {
  const byMean = [...looks].sort((a, b) => a.mean - b.mean);
  for (let band = 0; band < bands; band++) {
    const buckets = new Map<number, Look[]>();
    for (const one of byMean) {
      // an empty band says nothing, except about images without any edge
      const isFlat = one.hash.every((byte) => byte === 0);
      if (one.hash[band] === 0 && !(isFlat && band === 0)) continue;
      const bucket = buckets.get(isFlat ? -1 : one.hash[band]!);
      if (bucket) bucket.push(one);
      else buckets.set(isFlat ? -1 : one.hash[band]!, [one]);
    }
    for (const bucket of buckets.values()) {
      yield* pairsIn(bucket);
      yield undefined;
    }
  }
}

function* pairsIn(bucket: readonly Look[]): Generator<[number, number]> {
  for (const [i, a] of bucket.entries()) {
    for (let j = i + 1; j < bucket.length; j++) {
      const b = bucket[j]!;
      if (b.mean - a.mean > mostMean) break; // sorted by brightness
      const bits = bitCount(a.low ^ b.low) + bitCount(a.high ^ b.high);
      if (bits <= mostBits && difference(a.thumbnail, b.thumbnail) <= mostCoarse) yield [a.index, b.index];
    }
  }
}

/** Disjoint sets of indices. */
class Sets {
  readonly #parent: Int32Array;

  constructor(count: number) {
    this.#parent = Int32Array.from({ length: count }, (_, i) => i);
  }

  find(i: number): number {
    let root = i;
    while (this.#parent[root] !== root) root = this.#parent[root]!;
    this.#parent[i] = root;
    return root;
  }

  /** The smaller root stays, so that groups are in the order of their first index. */
  join(a: number, b: number): void {
    const [low, high] = [this.find(a), this.find(b)].sort((x, y) => x - y) as [number, number];
    this.#parent[high] = low;
  }

  /** Sets with more than one index. */
  groups(): number[][] {
    const groups = new Map<number, number[]>();
    for (let i = 0; i < this.#parent.length; i++) {
      const group = groups.get(this.find(i));
      if (group) group.push(i);
      else groups.set(this.find(i), [i]);
    }
    return [...groups.values()].filter((group) => group.length > 1);
  }
}
