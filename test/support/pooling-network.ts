/** A feature network as an ONNX file: the mean of each channel, or, without pooling, the image itself. */
import { encodeModel } from '../../src/onnx/index.js';

export function poolingNetwork(size: number | string, pools = true): Uint8Array {
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32', shape }) as const;
  const op = pools ? 'GlobalAveragePool' : 'Identity';
  return encodeModel({
    irVersion: 8,
    opsets: { '': 17 },
    producer: 'test',
    graph: {
      name: 'pooling',
      inputs: [value('image', ['n', 3, size, size])],
      outputs: [value('features', ['n', 3, ...(pools ? [1, 1] : [size, size])])],
      nodes: [{ op, name: 'pool', inputs: ['image'], outputs: ['features'], attributes: {} }],
      initializers: [],
    },
  });
}
