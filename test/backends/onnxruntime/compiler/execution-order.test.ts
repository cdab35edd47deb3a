/** In which order a model's nodes stand, and how much memory its graph needs. */
import { expect, test } from 'vitest';
import { executionOrder } from '../../../../src/backends/onnxruntime/compiler/execution-order.js';
import { peakBytes } from '../../../../src/backends/onnxruntime/compiler/peak-bytes.js';

/** `name: inputs` as nodes with one output, which has the node's name. */
const nodes = (lines: Record<string, string>) =>
  Object.entries(lines).map(([name, inputs]) => ({
    op: 'Op',
    name,
    inputs: inputs.split(' ').filter(Boolean),
    outputs: [name],
    attributes: {},
  }));

test('the deepest stand last, and what nothing follows behind them, the other way round', () => {
  const order = executionOrder(
    nodes({ y1: 'x', u1: 'w1', z1: 'y1 u1', y2: 'z1', u2: 'w2', z2: 'y2 u2', dy: 'z2', dw2: 'y2 dy', dz: 'dy u2', dw1: 'y1 dz' }),
  ).map(({ name }) => name); // prettier-ignore
  expect(order).toEqual(['y1', 'u1', 'u2', 'z1', 'y2', 'z2', 'dy', 'dz', 'dw1', 'dw2']);
});

test('the most bytes that are alive at once', () => {
  const source = { from: 'node' } as const;
  const value = (size: number, from: 'node' | 'feed' = 'node') => ({
    spec: { id: 0, shape: [size], dtype: 'float32' as const, size },
    source: from === 'node' ? source : ({ from } as const),
  });
  const values = [value(100, 'feed'), value(10), value(20), value(5), value(1)];
  const node = (inputs: number[], outputs: number[]) => ({
    name: '',
    attrs: {},
    inputs: inputs.map((i) => ({ value: i, spec: values[i]!.spec })),
    outputs,
  });
  // 1 is alive until 3 is made; 2 until then too; 1, 2 and 3 at once: 35 numbers
  const chain = [node([0], [1]), node([1], [2]), node([1, 2], [3]), node([3], [4])];
  expect(peakBytes({ values, nodes: chain, outputs: [4] })).toBe(4 * 35);
  expect(peakBytes({ values, nodes: chain, outputs: [2, 4] })).toBe(4 * 35);
  expect(peakBytes({ values, nodes: [], outputs: [] })).toBe(0);
});
