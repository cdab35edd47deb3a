/** One direction of a CycleGAN, for deployment: one generator, without the other networks. */
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Convention } from '../core/convention.js';
import { CycleGANError } from '../core/errors.js';
import { oneOf, optional, resolveOptions } from '../core/options.js';
import { translateEntries, type TranslateOptions } from './any-size.js';
import { saveBundle } from './bundle.js';
import type { ResolvedCycleGANOptions } from './cyclegan-options.js';
import { ioHandler } from './io-handler.js';
import { disposeNetwork } from '../layers/networks.js';
import { readBundle } from './read-bundle.js';
import { type Direction, generatorOf, savedCycleGAN } from './saved-cyclegan.js';
import { saveEntries, type SaveModelOptions } from './save-options.js';
import { translateWith } from './translate.js';

/** Options of {@link Translator.load}. */
export interface TranslatorOptions {
  /**
   * The generator to load.
   * @default the generator in the file, if there is only one
   */
  direction?: Direction;
}

const entries = { direction: optional(oneOf('AtoB', 'BtoA')) };

/**
 * One generator of a CycleGAN, for translating images. It needs less than half of the memory of a `CycleGAN`. The file may be a
 * whole model, or one generator that `model.save(target, { direction: 'AtoB' })` has written.
 *
 * @see [Memory](../../docs/memory.md)
 * @see [Porting from PyTorch: test.py](../../docs/porting-from-pytorch.md#testpy)
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { CycleGAN, Translator } from 'ts-cyclegan';
 * import { fileSystem } from 'ts-cyclegan/node';
 * const model = new CycleGAN({ inputShape: [32, 32, 3], filters: 4, residualBlocks: 1, seed: 7 });
 * await model.save(fileSystem('horse2zebra'), { direction: 'AtoB', dtype: 'float16' });
 * const translator = await Translator.load(fileSystem('horse2zebra'));
 * const zebra = translator.translate(tf.zeros([32, 32, 3]) as tf.Tensor3D);
 * console.log(zebra.shape, translator.direction);
 * translator.dispose();
 * ```
 */
export class Translator {
  /** The direction of the translation. */
  readonly direction: Direction;
  /** The generator. */
  readonly generator: LayersModel;
  /** The options that the model was built from, if any. */
  readonly options: ResolvedCycleGANOptions | undefined;
  readonly #convention: Convention;
  #disposed = false;

  private constructor(
    direction: Direction,
    generator: LayersModel,
    options: ResolvedCycleGANOptions | undefined,
    convention: Convention,
  ) {
    this.#convention = convention;
    this.direction = direction;
    this.generator = generator;
    this.options = options;
  }

  /**
   * A translator of a generator, which it owns.
   *
   * @internal
   */
  static of(direction: Direction, generator: LayersModel, options: ResolvedCycleGANOptions): Translator {
    return new Translator(direction, generator, options, options.convention);
  }

  /**
   * Loads one generator.
   *
   * @param source a URL such as `https://…/model.json`, or an IO handler such as `fileSystem(folder)`
   * @throws CycleGANError `INVALID_MODEL` if the file is not a saved CycleGAN, is modified or truncated, or does not contain
   * the direction; `INVALID_OPTION` if it contains both and none is chosen; `NOT_FOUND`; `INVALID_ARGUMENT` if no handler knows
   * the URL
   */
  static async load(source: string | tf.io.IOHandler, options: TranslatorOptions = {}): Promise<Translator> {
    const where = 'Translator.load';
    const { direction: wanted } = resolveOptions(where, entries, options);
    const saved = await readBundle(where, savedCycleGAN, source);
    const directions = (['AtoB', 'BtoA'] as const).filter((name) => saved.names.includes(generatorOf[name]));
    if (wanted !== undefined && !directions.includes(wanted)) {
      throw new CycleGANError(
        'INVALID_MODEL',
        `${where}: the file holds the generator of ${directions[0]} only, not of ${wanted}. Load the file of ${wanted}.`,
      );
    }
    if (wanted === undefined && directions.length === 2) {
      throw new CycleGANError(
        'INVALID_OPTION',
        `${where}: the file holds both directions. Choose one: Translator.load(source, { direction: "AtoB" }).`,
      );
    }
    const direction = wanted ?? directions[0]!;
    const { convention, built } = saved.options;
    return new Translator(direction, saved.build(generatorOf[direction]), built, convention);
  }

  /**
   * Translates images, as `CycleGAN.translate` does.
   *
   * @param image [H, W, C] or [B, H, W, C], float32 in [−1, 1]
   * @returns images of the same size and rank, in [−1, 1]; dispose of them when done
   * @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `DISPOSED`, `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNSUPPORTED`
   */
  translate<T extends tf.Tensor3D | tf.Tensor4D>(image: T, options: TranslateOptions = {}): T {
    this.#checkAlive('translate');
    const where = 'Translator.translate';
    const { anySize } = resolveOptions(where, translateEntries, options);
    return translateWith(where, this.generator, this.options, image, anySize);
  }

  /**
   * Saves the generator. `Translator.load` reads it.
   *
   * @param target a URL such as `indexeddb://zebra`, or an IO handler such as `fileSystem(folder)` of `ts-cyclegan/node`
   * @throws CycleGANError `INVALID_ARGUMENT` if no handler knows the URL, `UNKNOWN_OPTION`, `INVALID_OPTION`, `DISPOSED`;
   * `NOT_A_NUMBER` if a weight is NaN or infinite; then nothing is saved
   */
  async save(target: string | tf.io.IOHandler, options: SaveModelOptions = {}): Promise<tf.io.SaveResult> {
    this.#checkAlive('save');
    const where = 'Translator.save';
    const { dtype } = resolveOptions(where, saveEntries, options);
    const handler = ioHandler(where, target, 'save');
    const saved = {
      kind: 'cyclegan' as const,
      options: this.options ?? { convention: this.#convention },
      networks: { [generatorOf[this.direction]]: this.generator },
    };
    return await saveBundle(where, handler, saved, dtype);
  }

  /** Whether `dispose` has been called. */
  get disposed(): boolean {
    return this.#disposed;
  }

  #checkAlive(method: string): void {
    if (!this.#disposed) return;
    throw new CycleGANError(
      'DISPOSED',
      `Translator.${method}: the translator has been disposed. Load a new one.`,
    );
  }

  /** Frees the generator. It may be called more than once. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    disposeNetwork(this.generator);
  }

  /** `using translator = …` disposes of it at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
