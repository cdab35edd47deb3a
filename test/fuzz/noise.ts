/**
 * How far a program's numbers may differ between two backends that both compute in float32: as far as they move when what
 * goes into operations that round moves by a millionth.
 */
import * as tf from '@tensorflow/tfjs';

/** Operations whose inputs must stay what they are: they move numbers, or jump. */
const untouched = new Set(
  (
    'tensor tensor1d variable fill zeros ones scalar zerosLike onesLike clone complex real imag cast floor ceil round sign step ' +
    'isNaN isFinite isInf equal notEqual less lessEqual greater greaterEqual argMax argMin topk mod floorDiv maxPool ' +
    'dilation2d sqrt log relu relu6 leakyRelu prelu abs max min maximum minimum clipByValue dispose'
  ).split(' '),
);

const AMOUNT = 1e-6;

function shaken(x: unknown): unknown {
  if (Array.isArray(x)) return x.map(shaken);
  if (!(x instanceof tf.Tensor) || x instanceof tf.Variable || x.dtype !== 'float32' || x.size === 0)
    return x;
  const factors = Float32Array.from({ length: x.size }, (_, i) => 1 + AMOUNT * (((i * 7919 + 3) % 5) - 2));
  return tf.mul(x as tf.Tensor, tf.tensor(factors, x.shape as number[]));
}

/** tfjs, with a little noise. */
export function noisy(library: object): unknown {
  return new Proxy(library, {
    get(target, name) {
      const value = (target as Record<string | symbol, unknown>)[name];
      if (name === 'image' || name === 'fused') return noisy(value as object);
      if (typeof value !== 'function' || typeof name !== 'string' || untouched.has(name)) return value;
      if (name === 'grads' || name === 'grad') return value;
      return (...args: unknown[]): unknown => {
        const [first] = args;
        const isOptions =
          args.length === 1 &&
          typeof first === 'object' &&
          first !== null &&
          !(first instanceof tf.Tensor) &&
          !Array.isArray(first);
        const given = isOptions
          ? [Object.fromEntries(Object.entries(first).map(([key, item]) => [key, shaken(item)]))]
          : args.map(shaken);
        return (value as (...args: unknown[]) => unknown).apply(target, given);
      };
    },
  });
}
