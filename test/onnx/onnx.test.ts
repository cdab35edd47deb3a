import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { generated } from '../../scripts/generate-onnx.js';
import {
  type Attribute,
  decodeModel,
  encodeModel,
  type OnnxModel,
  type OnnxTensor,
} from '../../src/onnx/index.js';

/** A model of one node, y = op(inputs…). ONNX Runtime, a program of its own, says whether it was written well. */
function oneNode(
  op: string,
  tensors: OnnxTensor[],
  attributes: Record<string, Attribute>,
  output: OnnxModel['graph']['outputs'][number] = { name: 'y', type: 'float32', shape: ['n'] },
  inputs: OnnxModel['graph']['inputs'] = [],
): OnnxModel {
  const names = [...inputs.map(({ name }) => name), ...tensors.map(({ name }) => name)];
  return {
    irVersion: 10,
    opsets: { '': 21 },
    producer: 'test',
    graph: {
      name: 'g',
      nodes: [{ op, name: 'node', inputs: names, outputs: ['y'], attributes }],
      inputs,
      outputs: [output],
      initializers: tensors,
    },
    metadata: { key: 'väl☃ue' },
  };
}

async function run(model: OnnxModel, feeds: Record<string, ort.Tensor> = {}): Promise<ort.Tensor> {
  const session = await ort.InferenceSession.create(encodeModel(model));
  const { y } = await session.run(feeds);
  await session.release();
  return y!;
}

const f = (values: number[], dims = [values.length], name = 'x'): OnnxTensor => ({
  name,
  type: 'float32',
  dims,
  data: Float32Array.from(values),
});
const i64 = (values: number[], name = 'i'): OnnxTensor => ({
  name,
  type: 'int64',
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

test('ONNX Runtime reads every kind of attribute as it was meant', async () => {
  const leaky = await run(oneNode('LeakyRelu', [f([-2, 3])], { alpha: { float: 0.25 } }));
  expect([...leaky.data]).toEqual([-0.5, 3]);
  const perm = await run(
    oneNode(
      'Transpose',
      [f([1, 2, 3, 4, 5, 6], [2, 3])],
      { perm: { ints: [1, 0] } },
      {
        name: 'y',
        type: 'float32',
        shape: [3, 2],
      },
    ),
  );
  expect([...perm.data]).toEqual([1, 4, 2, 5, 3, 6]);
  const last = await run(
    oneNode(
      'Softmax',
      [f([0, 0, 1, 1], [2, 2])],
      { axis: { int: -1 } },
      {
        name: 'y',
        type: 'float32',
        shape: [2, 'columns'],
      },
    ),
  );
  expect([...last.data]).toEqual([0.5, 0.5, 0.5, 0.5]);
  const reflect = await run(oneNode('Pad', [f([1, 2, 3]), i64([1, 2])], { mode: { string: 'reflect' } }));
  expect([...reflect.data]).toEqual([2, 1, 2, 3, 2, 1]);
  const constants: [Attribute, string, unknown][] = [
    [
      { tensor: { name: 't', type: 'float64', dims: [2], data: Float64Array.of(0.1, -7) } },
      'float64',
      [0.1, -7],
    ],
    [{ floats: [0.5, 0, -1] }, 'float32', [0.5, 0, -1]],
  ];
  for (const [value, type, want] of constants) {
    const key = 'tensor' in value ? 'value' : 'value_floats';
    const output = { name: 'y', type: type as 'float32', shape: ['n'] };
    expect([...(await run(oneNode('Constant', [], { [key]: value }, output))).data]).toEqual(want);
  }
  const ints = await run(
    oneNode(
      'Constant',
      [],
      { value_ints: { ints: [0, -1, 2 ** 40, -(2 ** 40)] } },
      {
        name: 'y',
        type: 'int64',
        shape: [4],
      },
    ),
  );
  expect([...ints.data]).toEqual([0n, -1n, 2n ** 40n, -(2n ** 40n)]);
});

test.each([
  ['float32', Float32Array.of(1.5, -0, Infinity)],
  ['float64', Float64Array.of(1.5, Math.PI)],
  ['int8', Int8Array.of(-128, 127)],
  ['uint8', Uint8Array.of(0, 255)],
  ['int16', Int16Array.of(-32768, 5)],
  ['uint16', Uint16Array.of(65535)],
  ['int32', Int32Array.of(-(2 ** 31), 7)],
  ['uint32', Uint32Array.of(2 ** 32 - 1)],
  ['int64', BigInt64Array.of(-(2n ** 63n), 3n)],
  ['uint64', BigUint64Array.of(2n ** 64n - 1n)],
  ['bool', Uint8Array.of(0, 1, 1)],
  ['float32', new Float32Array(0)],
] as const)(
  'a %s tensor comes out of ONNX Runtime, and out of decodeModel, as it went in',
  async (type, data) => {
    const tensor = { name: 'x', type, dims: [data.length], data };
    const model = oneNode('Identity', [tensor], {}, { name: 'y', type, shape: ['n'] });
    expect((await run(model)).data).toEqual(data);
    expect(decodeModel(encodeModel(model)).graph.initializers).toEqual([tensor]);
  },
);

test('a scalar and a fed value of a shape that is not fixed', async () => {
  const model = oneNode('Add', [f([2], [])], {}, { name: 'y', type: 'float32', shape: ['n'] }, [
    { name: 'a', type: 'float32', shape: ['n'] },
  ]);
  expect([...(await run(model, { a: new ort.Tensor(Float32Array.of(1, 2, 3), [3]) })).data]).toEqual([
    3, 4, 5,
  ]);
});

test('reads what ONNX Runtime wrote', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onnx-'));
  try {
    const path = join(folder, 'optimized.onnx');
    const model = oneNode('Pad', [i64([1, 2])], { mode: { string: 'reflect' } }, undefined, [
      { name: 'a', type: 'float32', shape: [3] },
    ]);
    const session = await ort.InferenceSession.create(encodeModel(model), { optimizedModelFilePath: path });
    await session.release();
    const { graph, opsets } = decodeModel(await readFile(path));
    expect(opsets['']).toBe(21);
    expect(graph.nodes).toEqual([
      {
        op: 'Pad',
        name: 'node',
        inputs: ['a', 'i'],
        outputs: ['y'],
        attributes: { mode: { string: 'reflect' } },
      },
    ]);
    expect(graph.inputs).toEqual([{ name: 'a', type: 'float32', shape: [3] }]);
    expect(graph.initializers).toEqual([i64([1, 2])]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('reads elements that lie in the fields of their type instead of raw bytes', () => {
  // ModelProto { ir_version: 8, graph { name: "g", initializer { dims: [2], data_type: 1, name: "x",
  //   float_data: [1, -2] } initializer { dims: [2], data_type: 7, name: "i", int64_data: [-1, 3] } }, opset 21 }
  const floats = '08021001220800' + '00803f000000c0' + '420178';
  const longs = '080210073a0b' + 'ffffffffffffffffff01' + '03' + '420169';
  const bytes = (hex: string) => hex.length / 2;
  const part = (tag: string, hex: string) => tag + bytes(hex).toString(16).padStart(2, '0') + hex;
  const graph = part('12', '67') + part('2a', floats) + part('2a', longs);
  const model = '0808' + part('3a', graph) + part('42', '1015');
  expect(decodeModel(Uint8Array.from(Buffer.from(model, 'hex'))).graph.initializers).toEqual([
    f([1, -2]),
    i64([-1, 3]),
  ]);
});

test('what decodeModel gives is what encodeModel took', () => {
  const model = oneNode('Op', [f([1])], { a: { strings: ['å', ''] }, b: { int: 0 }, c: { ints: [] } });
  expect(decodeModel(encodeModel(model))).toEqual(model);
});

test('bytes that are no model, or are cut short, are refused', () => {
  const model = oneNode('Pad', [f([1, 2, 3]), i64([1, 2])], { mode: { string: 'reflect' } });
  const bytes = encodeModel({ ...model, metadata: {} }); // ends with the operator sets, without which it is no model
  const refused = 'decodeModel: the bytes are cut short or no ONNX model.';
  expect(() => decodeModel(new Uint8Array(0))).toThrow(refused);
  expect(() => decodeModel(new TextEncoder().encode('<html>'))).toThrow(refused);
  for (let length = 0; length < bytes.length; length++) {
    expect(() => decodeModel(bytes.slice(0, length))).toThrow(/^decodeModel: /);
  }
});

test('tensors that do not hold what their shape says, and unknown types, are refused', () => {
  const bad = (change: Partial<OnnxTensor>) => () =>
    decodeModel(encodeModel(oneNode('Op', [{ ...f([1, 2]), ...change }], {})));
  expect(bad({ dims: [3] })).toThrow('decodeModel: tensor "x" of shape [3] holds 2 elements instead of 3.');
  expect(bad({ data: Uint8Array.of(1, 2, 3) })).toThrow(
    'decodeModel: tensor "x" holds 3 bytes, no whole number of elements.',
  );
  const bytes = encodeModel(oneNode('Op', [], {}, { name: 'y', type: 'float32', shape: [] }));
  const at = Buffer.from(bytes).indexOf(Buffer.from('080112', 'hex')); // elem_type 1, then the shape
  bytes[at + 1] = 99;
  expect(() => decodeModel(bytes)).toThrow('decodeModel: "y" has element type 99, which is not read.');
});

test('the generated code is what the schema gives now', () => {
  expect(readFileSync(new URL('../../src/onnx/onnx-proto.generated.ts', import.meta.url), 'utf8')).toBe(
    generated(),
  );
});
