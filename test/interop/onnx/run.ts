/** Runs exported files in ONNX Runtime for Node. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';

/** [B, H, W, C] → [B, C, H, W]; other tensors as they are. */
export const toNCHW = (x: tf.Tensor): tf.Tensor =>
  x.rank === 4 ? tf.transpose(x, [0, 3, 1, 2]) : tf.clone(x);

/** Runs a model on a tensor, whose type is that of the input: float32, or uint8 for int32 tensors. */
export async function runOnnx(bytes: Uint8Array, ...inputs: readonly tf.Tensor[]): Promise<tf.Tensor[]> {
  const session = await ort.InferenceSession.create(bytes);
  const outputs: tf.Tensor[] = [];
  for (const x of inputs) {
    const values = await x.data();
    const input =
      x.dtype === 'int32'
        ? new ort.Tensor('uint8', Uint8Array.from(values), x.shape)
        : new ort.Tensor('float32', values as Float32Array, x.shape);
    const { output } = await session.run({ input });
    const dtype = output!.type === 'uint8' ? 'int32' : 'float32';
    outputs.push(tf.tensor(output!.data as Float32Array, output!.dims as number[], dtype));
  }
  await session.release();
  return outputs;
}
