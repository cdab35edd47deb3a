/** The process that has the model. Computing blocks the event loop, so the server has another process. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { CycleGAN, isCycleGANError, normalizeImage, toLevels, type Direction } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { fileSystem } from 'ts-cyclegan/node';

/** Images of one size: levels 0..255, [count, height, width, 3]. */
export interface Batch {
  direction: Direction;
  shape: [count: number, height: number, width: number, channels: 3];
  levels: Uint8Array;
}

/** The translations of a batch in the same shape, or an error; `refused` if the images are the reason. */
export type Translated = { levels: Uint8Array } | { error: string; refused: boolean };

registerOnnxRuntimeBackend(ort);
await tf.setBackend('onnxruntime');
const model = await CycleGAN.load(fileSystem(process.argv[2]!));

async function translate({ direction, shape, levels }: Batch): Promise<Translated> {
  try {
    const output = tf.tidy(() => {
      const images = normalizeImage(tf.tensor4d(levels, shape, 'int32'));
      return toLevels(model.translate(images, direction, { anySize: true }));
    });
    const data = Uint8Array.from(await output.data());
    output.dispose();
    return { levels: data };
  } catch (error) {
    const refused = ['INVALID_SHAPE', 'INVALID_ARGUMENT'].some((code) =>
      isCycleGANError(error, code as never),
    );
    return { error: (error as Error).message, refused };
  }
}

process.on('SIGINT', () => undefined); // Ctrl-C reaches both processes; the server ends this one
process.on('message', (batch: Batch) => {
  void translate(batch).then((result) => process.send!(result));
});
process.send!('ready');
