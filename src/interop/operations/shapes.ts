/** The shapes of the input and the output of an exported network. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../../core/errors.js';
import type { Network, Operation } from './operation.js';

/** Sizes with the batch first, in the order of TensorFlow.js; null for sizes that are not fixed. */
export type Shape = readonly (number | null)[];

/** The wanted sizes; null for any. */
export interface Sizes {
  readonly batch: number | null;
  readonly size: Size | null;
}

type Size = readonly [height: number, width: number];

/**
 * The shapes of a network that is exported for these sizes.
 *
 * @throws CycleGANError `INVALID_OPTION` for sizes that the network does not accept
 */
export function shapesOf(
  where: string,
  network: LayersModel,
  read: Network,
  { batch, size }: Sizes,
): { input: Shape; output: Shape } {
  const { inputShape, isFixedSize } = read;
  const outputs = network.outputs[0]!.shape;
  const isImage = inputShape.length === 4;
  const [, height, width, channels] = inputShape;
  if (isFixedSize || !isImage) {
    if (size !== null && !(isImage && size[0] === height && size[1] === width)) {
      const accepted = isImage ? `images of ${height} × ${width} pixels only` : 'no images';
      throw new CycleGANError(
        'INVALID_OPTION',
        `${where}: option "size" must be left out, because the network accepts ${accepted}, got ${size.join(' × ')}.`,
      );
    }
    return { input: [batch, ...inputShape.slice(1)], output: [batch, ...outputs.slice(1)] };
  }
  const outputSize = size === null ? [null, null] : sizeOfOutput(read, size);
  if (outputSize === undefined) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: option "size" must be a size that the network accepts, got ${size!.join(' × ')}.`,
    );
  }
  return {
    input: [batch, ...(size ?? [null, null]), channels!],
    output: [batch, ...outputSize, outputs.at(-1)!],
  };
}

/** The size of the output for images of a size; undefined if the network does not accept them. */
function sizeOfOutput({ steps, output }: Network, size: Size): Size | undefined {
  const sizes: Size[] = [size];
  for (const { operation, inputs } of steps) {
    const [first, ...others] = inputs.map((i) => sizes[i]!);
    const results = ([0, 1] as const).map((axis) =>
      others.every((other) => other[axis] === first![axis]) ? along(axis, first![axis], operation) : 0,
    );
    if (results.some((length) => length <= 0)) return undefined;
    sizes.push(results as unknown as Size);
  }
  return sizes[output];
}

/** The length of the output of an operation along an axis; 0 or less if it does not accept the input. */
function along(axis: 0 | 1, length: number, operation: Operation): number {
  switch (operation.kind) {
    case 'border': {
      const [before, after] = operation.sides[axis];
      // a reflection does not repeat the edge
      return operation.border === 'reflect' && Math.max(before, after) >= length
        ? 0
        : length + before + after;
    }
    case 'crop':
      return length - operation.sides[axis][0] - operation.sides[axis][1];
    case 'convolution': {
      const stride = operation.strides[axis];
      if (operation.padding === 'same') return Math.ceil(length / stride);
      const window = (operation.kernel.shape[axis]! - 1) * operation.dilation[axis] + 1;
      const [before, after] = operation.padding[axis];
      return Math.floor((length + before + after - window) / stride) + 1;
    }
    case 'transposed': {
      const stride = operation.strides[axis];
      const surplus = Math.max(operation.kernel.shape[axis]! - stride, 0);
      return length * stride + (operation.padding === 'valid' ? surplus : 0);
    }
    case 'upsampling':
      return length * operation.factor[axis];
    default:
      return length;
  }
}
