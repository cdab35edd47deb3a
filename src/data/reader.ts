/** Reads the images of one set in an epoch. With `onError: 'skip'`, images that cannot be read are skipped. */
import { CycleGANError, isCycleGANError } from '../core/errors.js';
import { Random, type RandomSource } from '../core/random.js';
import { drawsOf, nameOf, type OrderOptions, type Showing, type Turn } from './epoch-order.js';
import type { ImageSource } from './images.js';

/** Called for each image that is skipped. */
export type OnSkip = (side: string, name: string) => void;

/** A set of items to read one by one: images or pairs. */
export type Source<Item> = Omit<ImageSource, 'get'> & {
  get(index: number, random: RandomSource): Promise<Item> | Item;
};

export class Reader<Item> {
  /** The last showing that {@link Reader.readLast} took. */
  last: Showing | undefined;
  /** The name of the last image that was read. */
  name = '';
  /** Indices of images that cannot be read. */
  readonly #broken = new Set<number>();

  constructor(
    readonly source: Source<Item>,
    readonly order: OrderOptions,
    private readonly where: string,
    private readonly onSkip?: OnSkip,
  ) {}

  /** @returns undefined for an image that is skipped */
  async read(index: number, random: Random): Promise<Item | undefined> {
    const own = new Random(random.seed()); // the draws must not depend on which image is read faster
    await Promise.resolve();
    try {
      const image = await this.source.get(index, own);
      this.name = nameOf(this.source, index);
      return image;
    } catch (error) {
      if (this.source.onError !== 'skip' || !isUnreadable(error)) throw error;
      this.#skip(index, error);
      return undefined;
    }
  }

  /** Reads an image, or a random other one if it cannot be read. */
  async readAny(index: number, random: Random): Promise<Item> {
    for (let at = index; ; at = random.index(this.source.length)) {
      const image = this.#broken.has(at) ? undefined : await this.read(at, random);
      if (image) return image;
    }
  }

  /** Takes showings from the end of `rest` until one can be read, and returns its image. */
  async readLast(rest: Turn[]): Promise<Item | undefined> {
    for (let turn = rest.pop(); turn; turn = rest.pop()) {
      this.last = turn;
      const image = await this.read(turn.index, drawsOf(turn, this.order));
      if (image) return image;
    }
    return undefined;
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
const isUnreadable = (error: unknown): error is Error =>
  (['INVALID_DATA', 'INVALID_SHAPE', 'NOT_FOUND'] as const).some((code) => isCycleGANError(error, code));
