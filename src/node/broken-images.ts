/** Keeps account of the images of a folder that cannot be read. */
import { isCycleGANError } from '../core/errors.js';
import { naming } from './decode.js';
import type { LeftOut } from './list-images.js';
import { warn } from './open-folder.js';

const advice = 'Repair or remove the file, or pass onError: "skip".';

export class BrokenImages {
  readonly #found = new Map<string, LeftOut>();

  /**
   * @param where the function, for messages
   * @param total how many images there are
   */
  constructor(
    private readonly where: string,
    private readonly total: number,
    private readonly onError: 'throw' | 'skip',
  ) {}

  get list(): LeftOut[] {
    return [...this.#found.values()];
  }

  /** Runs `read`. An error names the file, is kept, and is warned of once if such images are left out. */
  async reading<T>(file: string, read: () => Promise<T>): Promise<T> {
    try {
      return await naming(this.where, file, advice, read);
    } catch (error) {
      if (!isCycleGANError(error, 'UNSUPPORTED') && !this.#found.has(file)) {
        const reason = (error as Error).message;
        this.#found.set(file, { path: file, reason });
        if (this.onError === 'skip') {
          warn(`${reason} So far ${this.#found.size} of ${this.total} images are left out.`);
        }
      }
      throw error;
    }
  }
}
