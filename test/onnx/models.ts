/** Small models for the tests. */
import {
  type Attribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxTensor,
  type OnnxValue,
} from '../../src/onnx/index.js';

/** A model of one node, y = op(inputs…, tensors…). */
export function oneNode(
  op: string,
  tensors: OnnxTensor[] = [],
  attributes: Record<string, Attribute> = {},
  { inputs = [], outputs = [y('float32')] }: Partial<OnnxGraph> = {},
  domain?: string,
): OnnxModel {
  const names = [...inputs, ...tensors].map(({ name }) => name);
  const node = { op, name: 'node', inputs: names, outputs: ['y'], attributes };
  return {
    irVersion: 10,
    opsets: { '': 21, ...(domain !== undefined && { [domain]: 1 }) },
    producer: 'test',
    graph: {
      name: 'g',
      nodes: [{ ...node, ...(domain !== undefined && { domain }) }],
      inputs,
      outputs,
      initializers: tensors,
    },
    metadata: {},
  };
}

/** An output of any shape. */
export const y = (type: OnnxValue['type']): OnnxValue => ({ name: 'y', type });

export const float32 = (values: number[], dims = [values.length], name = 'x'): OnnxTensor => ({
  name,
  type: 'float32',
  dims,
  data: Float32Array.from(values),
});

export const int64 = (values: bigint[], name = 'i'): OnnxTensor => ({
  name,
  type: 'int64',
  dims: [values.length],
  data: BigInt64Array.from(values),
});
