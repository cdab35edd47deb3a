/** Reads the images of one set in an epoch. With `onError: 'skip'`, images that cannot be read are skipped. */
import { CycleGANError, isCycleGANError } from '../core/errors.js';
import { Random, type RandomSource } from '../core/random.js';
import { nameOf, type OrderOptions } from './epoch-order.js';
import type { ImageSource } from './images.js';

/** Called for each image that is skipped. */
export type OnSkip = (side: string, name: string) => void;

/** A set of items to read one by one: images or pairs. */
export type Source<Item> = Omit<ImageSource, 'get'> & {
  get(index: number, random: RandomSource): Promise<Item> | Item;
};

/** An item that has been read. */
export interface Taken<Item> {
  readonly item: Item;
  readonly name: string;
}

export class Reader<Item> {
  /** Indices of images that cannot be read. */
  readonly #broken = new Set<number>();

  constructor(
    readonly source: Source<Item>,
    readonly order: OrderOptions,
    private readonly where: string,
    private readonly onSkip?: OnSkip,
  ) {}

  /** @returns undefined for an image that is skipped */
  async read(index: number, random: Random): Promise<Taken<Item> | undefined> {
    const own = new Random(random.seed()); // images are read at the same time, so each has its own random source
    await Promise.resolve();
    if (this.#broken.has(index)) return undefined;
    try {
      const item = await this.source.get(index, own);
      return { item, name: nameOf(this.source, index) };
    } catch (error) {
      if (this.source.onError !== 'skip' || !isUnreadable(error)) throw error;
      this.#skip(index, error);
      return undefined;
    }
  }

  /**
   * Reads an image, or a random other one if it cannot be read. The choice does not depend on the images that were read before, so
   * a resumed epoch makes the same choice.
   */
  async readAny(index: number, random: Random): Promise<Taken<Item>> {
    for (let at = index; ; at = random.index(this.source.length)) {
      const taken = await this.read(at, random);
      if (taken) return taken;
    }
  }

  #skip(index: number, error: Error): void {
    if (!this.#broken.has(index)) this.onSkip?.(this.order.side, nameOf(this.source, index));
    this.#broken.add(index);
    if (this.#broken.size < this.source.length) return;
    throw new CycleGANError(
      'INVALID_DATA',
      `${this.where}: ${this.order.side} must have at least one image that can be read, got none among ` +
        `${this.source.length}. The last error was: ${error.message}`,
      { cause: error },
    );
  }
}

/** Whether the error is about the image: broken, too small or missing. */
export const isUnreadable = (error: unknown): error is Error =>
  (['INVALID_DATA', 'INVALID_SHAPE', 'NOT_FOUND'] as const).some((code) => isCycleGANError(error, code));
