/** Feature networks: a model of TensorFlow.js or an ONNX session as one function. */
import * as tf from '@tensorflow/tfjs-core';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';

/** A `LayersModel` or `GraphModel` of TensorFlow.js. It stays the caller's. */
export interface TfjsNetwork {
  readonly inputs: readonly { readonly shape?: readonly (number | null)[] | undefined }[];
  /** Computes the output. */
  predict(images: tf.Tensor): tf.Tensor | readonly tf.Tensor[] | Readonly<Record<string, tf.Tensor>>;
}

/** A session of ONNX Runtime, for Node or for the web, with the class `Tensor` of the same package. */
export interface OnnxNetwork {
  readonly session: OnnxSession;
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => unknown;
}

/** The part of ONNX Runtime's `InferenceSession` that is used. */
export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata?: readonly { readonly shape?: readonly (number | string)[] }[];
  /** Runs the model on tensors by name. */
  run(feeds: never): Promise<Record<string, { readonly data: unknown; readonly dims: readonly number[] }>>;
}

/** A network that turns images into features. */
export type FeatureNetwork = TfjsNetwork | OnnxNetwork;

/** The output of a network. */
export interface Output {
  data: Float32Array;
  shape: readonly number[];
}

/** A network as the extractor sees it. */
export interface OpenNetwork {
  layout: 'NCHW' | 'NHWC';
  /** The shape of its input; sizes that are open are undefined. */
  input: readonly (number | undefined)[];
  /** @param images in its layout */
  run(images: tf.Tensor4D): Promise<Output>;
}

/** @throws CycleGANError `INVALID_ARGUMENT` */
export function openNetwork(where: string, network: FeatureNetwork): OpenNetwork {
  const given = network as Partial<TfjsNetwork & OnnxNetwork> | undefined | null;
  if (typeof given?.predict === 'function' && Array.isArray(given.inputs)) {
    return ofTfjs(where, network as TfjsNetwork);
  }
  if (typeof given?.session?.run === 'function' && typeof given.Tensor === 'function') {
    return ofOnnx(where, network as OnnxNetwork);
  }
  throw new CycleGANError(
    'INVALID_ARGUMENT',
    `${where}: network must be a LayersModel or GraphModel of TensorFlow.js, or { session, Tensor } of ONNX Runtime, got ${show(network)}.`,
  );
}

const sizes = (shape: readonly unknown[] | undefined): (number | undefined)[] =>
  (shape ?? []).map((size) => (typeof size === 'number' && size > 0 ? size : undefined));

function ofTfjs(where: string, model: TfjsNetwork): OpenNetwork {
  const input = sizes(model.inputs[0]?.shape);
  return {
    input,
    layout: input[1] === 3 && input[3] !== 3 ? 'NCHW' : 'NHWC',
    async run(images) {
      const result = tf.tidy(() => {
        const output = model.predict(images);
        if (output instanceof tf.Tensor) return output;
        throw new CycleGANError(
          'INVALID_MODEL',
          `${where}: the feature network must have one output, got ${Object.keys(output).length}. Make a model of the layer that you want.`,
        );
      });
      try {
        return { data: Float32Array.from(await result.data<'float32'>()), shape: result.shape };
      } finally {
        result.dispose();
      }
    },
  };
}

function ofOnnx(where: string, { session, Tensor }: OnnxNetwork): OpenNetwork {
  const input = sizes(session.inputMetadata?.[0]?.shape);
  const [name] = session.inputNames;
  const [output] = session.outputNames;
  if (session.inputNames.length !== 1 || session.outputNames.length !== 1) {
    throw new CycleGANError(
      'INVALID_MODEL',
      `${where}: the feature network must have one input and one output, got ${show(session.inputNames)} and ${show(session.outputNames)}.`,
    );
  }
  return {
    input,
    layout: input[3] === 3 && input[1] !== 3 ? 'NHWC' : 'NCHW',
    async run(images) {
      const data = Float32Array.from(await images.data<'float32'>());
      const feeds = { [name!]: new Tensor('float32', data, images.shape) };
      const result = (await session.run(feeds as never))[output!]!;
      return { data: Float32Array.from(result.data as Float32Array), shape: result.dims };
    },
  };
}
