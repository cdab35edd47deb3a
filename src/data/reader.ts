/** Reads the images of one set in an epoch, and leaves out those that cannot be read where the set says so. */
import { CycleGANError, isCycleGANError } from '../core/errors.js';
import { Random, type RandomSource } from '../core/random.js';
import { drawsOf, nameOf, type OrderOptions, type Showing, type Turn } from './epoch-order.js';
import type { ImageSource } from './images.js';

/** Told of an image that is left out. */
export type OnLeftOut = (side: string, name: string) => void;

/** A set of items that are read one by one: images, or pairs of them. */
export type Source<Item> = Omit<ImageSource, 'get'> & {
  get(index: number, random: RandomSource): Promise<Item> | Item;
};

export class Reader<Item> {
  /** The showing that {@link Reader.readLast} came to. */
  last: Showing | undefined;
  /** The name of the image that was read last. */
  name = '';
  /** Indices of images that cannot be read. */
  readonly #broken = new Set<number>();

  constructor(
    readonly source: Source<Item>,
    readonly order: OrderOptions,
    private readonly where: string,
    private readonly onLeftOut?: OnLeftOut,
  ) {}

  /** @returns undefined for an image that is left out */
  async read(index: number, random: Random): Promise<Item | undefined> {
    const own = new Random(random.seed()); // numbers must not depend on which image is read faster
    await Promise.resolve();
    try {
      const image = await this.source.get(index, own);
      this.name = nameOf(this.source, index);
      return image;
    } catch (error) {
      if (this.source.onError !== 'skip' || !isUnreadable(error)) throw error;
      this.#leaveOut(index, error);
      return undefined;
    }
  }

  /** An image, or another one at random in its place if it cannot be read. */
  async readAny(index: number, random: Random): Promise<Item> {
    for (let at = index; ; at = random.index(this.source.length)) {
      const image = this.#broken.has(at) ? undefined : await this.read(at, random);
      if (image) return image;
    }
  }

  /** The image of the last of `rest` that can be read, which is taken off with those behind it. */
  async readLast(rest: Turn[]): Promise<Item | undefined> {
    for (let turn = rest.pop(); turn; turn = rest.pop()) {
      this.last = turn;
      const image = await this.read(turn.index, drawsOf(turn, this.order));
      if (image) return image;
    }
    return undefined;
  }

  #leaveOut(index: number, error: Error): void {
    if (!this.#broken.has(index)) this.onLeftOut?.(this.order.side, nameOf(this.source, index));
    this.#broken.add(index);
    if (this.#broken.size < this.source.length) return;
    throw new CycleGANError(
      'INVALID_DATA',
      `${this.where}: ${this.order.side} must hold at least one image that can be read, got none among ` +
        `${this.source.length}. The last error was: ${error.message}`,
      { cause: error },
    );
  }
}

/** Whether it is the image that is at fault: broken, too small or gone. */
const isUnreadable = (error: unknown): error is Error =>
  (['INVALID_DATA', 'INVALID_SHAPE', 'NOT_FOUND'] as const).some((code) => isCycleGANError(error, code));
