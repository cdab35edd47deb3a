/** Records the images of a folder that cannot be read. */
import { isCycleGANError } from '../../core/errors.js';
import { naming } from './decode.js';
import type { SkippedFile } from './list-images.js';
import { warn } from '../files/warn.js';

const advice = 'Repair or remove the file, or pass onError: "skip".';

export class BrokenImages {
  readonly #found = new Map<string, SkippedFile>();

  /**
   * @param where name of the function, for messages
   * @param total number of images in the folder
   */
  constructor(
    private readonly where: string,
    private readonly total: number,
    private readonly onError: 'throw' | 'skip',
  ) {}

  get list(): SkippedFile[] {
    return [...this.#found.values()];
  }

  /** Runs `read`. An error names the file and is recorded; with `onError: 'skip'`, a warning is printed once per file. */
  async reading<T>(file: string, read: () => Promise<T>): Promise<T> {
    try {
      return await naming(this.where, file, advice, read);
    } catch (error) {
      if (!isCycleGANError(error, 'UNSUPPORTED') && !this.#found.has(file)) {
        const reason = (error as Error).message;
        this.#found.set(file, { path: file, reason });
        if (this.onError === 'skip') {
          warn(`${reason} ${this.#found.size} of ${this.total} images have been skipped so far.`);
        }
      }
      throw error;
    }
  }
}
