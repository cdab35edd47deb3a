/**
 * Keeps prepared images in memory up to a limit. Images that do not fit are prepared each time. None is replaced: in shuffled
 * epochs, all images are equally likely to be needed next.
 */
import type { PreparedImage } from './run-plan.js';

export class ImageCache {
  readonly #items = new Map<number, readonly PreparedImage[]>();
  #bytes = 0;

  /** @param limit bytes */
  constructor(private readonly limit: number) {}

  /** Returns the images of item `index`, an image or a pair, if they are kept. */
  get(index: number): readonly PreparedImage[] | undefined {
    return this.#items.get(index);
  }

  /** Keeps the images of an item if they fit. */
  add(index: number, images: readonly PreparedImage[]): void {
    const bytes = images.reduce((sum, { levels }) => sum + levels.byteLength, this.#bytes);
    if (bytes > this.limit || this.#items.has(index)) return;
    this.#bytes = bytes;
    this.#items.set(index, images);
  }
}
