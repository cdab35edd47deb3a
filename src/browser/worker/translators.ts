/** The translators of a Worker, by id. */
import { transfer } from 'comlink';
import type * as tf from '@tensorflow/tfjs-core';
import type { Pix2Pix } from '../../models/pix2pix.js';
import { Translator } from '../../models/translator.js';
import { translateImage, type TranslateImageOptions } from '../../translate/translate-image.js';
import { CycleGANError } from '../../core/errors.js';
import { pixelsOf } from '../images/tensor-to-image.js';
import { loadEither } from '../models/load-model.js';
import type { SentImage, WorkerFunctions } from './protocol.js';
import { receivedImage } from './received-image.js';

type Functions = Pick<
  WorkerFunctions,
  'loadTranslator' | 'translate' | 'translateValues' | 'disposeTranslator'
>;

/** @param ready starts the engine */
export function translators(ready: () => Promise<unknown>): Functions {
  const loaded = new Map<number, Translator | Pix2Pix>();
  let last = 0;

  const translated = async (
    id: number,
    image: SentImage,
    options: TranslateImageOptions,
  ): Promise<tf.Tensor3D> => {
    const translator = loaded.get(id);
    if (translator === undefined) {
      throw new CycleGANError('DISPOSED', 'translate: the translator has been disposed. Load a new one.');
    }
    const input = await receivedImage(image, translator.generator);
    try {
      return await translateImage(translator, input, undefined, options);
    } finally {
      input.dispose();
    }
  };

  return {
    async loadTranslator(source, options, onProgress) {
      await ready();
      const translator = await loadEither(source, { ...options, ...(onProgress && { onProgress }) });
      loaded.set(++last, translator);
      return { id: last, direction: translator instanceof Translator ? translator.direction : undefined };
    },
    async translate(id, image, options) {
      const output = await translated(id, image, options);
      try {
        const pixels = await pixelsOf('translate', output);
        return transfer(pixels, [pixels.data.buffer]);
      } finally {
        output.dispose();
      }
    },
    async translateValues(id, image, options) {
      const output = await translated(id, image, options);
      try {
        const values = Float32Array.from(await output.data());
        return transfer({ values, shape: output.shape }, [values.buffer]);
      } finally {
        output.dispose();
      }
    },
    disposeTranslator(id) {
      loaded.get(id)?.dispose();
      loaded.delete(id);
      return Promise.resolve();
    },
  };
}
