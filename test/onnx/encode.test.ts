/** What encodeModel writes. ONNX Runtime, a program of its own, says whether it was written as it was meant. */
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import {
  type Attribute,
  decodeModel,
  encodeModel,
  type OnnxModel,
  type OnnxTensor,
} from '../../src/onnx/index.js';
import { float32, int64, oneNode, y } from './models.js';

async function run(model: OnnxModel, feeds: Record<string, ort.Tensor> = {}): Promise<ort.Tensor> {
  const session = await ort.InferenceSession.create(encodeModel(model));
  const results = await session.run(feeds);
  await session.release();
  return results['y']!;
}

const tensor = { name: 't', type: 'float64', dims: [2], data: Float64Array.of(0.1, -7) } as const;

test.each<[string, Attribute, ort.Tensor.Type, unknown]>([
  ['value_float', { float: 0.5 }, 'float32', [0.5]],
  ['value_float', { float: -0 }, 'float32', [-0]],
  ['value_float', { float: NaN }, 'float32', [NaN]],
  ['value_floats', { floats: [0.5, 0, -Infinity] }, 'float32', [0.5, 0, -Infinity]],
  ['value_int', { int: -3 }, 'int64', [-3n]],
  ['value_int', { int: 0 }, 'int64', [0n]],
  ['value_int', { int: 2 ** 53 - 1 }, 'int64', [2n ** 53n - 1n]],
  ['value_ints', { ints: [0, -1, 2 ** 31, -(2 ** 40)] }, 'int64', [0n, -1n, 2n ** 31n, -(2n ** 40n)]],
  ['value_string', { string: 'väl☃ue' }, 'string', ['väl☃ue']],
  ['value_string', { string: '' }, 'string', ['']],
  ['value_strings', { strings: ['å', ''] }, 'string', ['å', '']],
  ['value', { tensor }, 'float64', [0.1, -7]],
])('attribute %s %j comes out of ONNX Runtime', async (name, value, type, want) => {
  const constant = await run(oneNode('Constant', [], { [name]: value }, { outputs: [y(type as 'int64')] }));
  expect(constant.type).toBe(type);
  expect([...(constant.data as Float32Array)]).toEqual(want);
});

test('operators take their attributes', async () => {
  const x = float32([1, 2, 3, 4, 5, 6], [2, 3]);
  const transposed = await run(oneNode('Transpose', [x], { perm: { ints: [1, 0] } }));
  expect([transposed.dims, [...transposed.data]]).toEqual([
    [3, 2],
    [1, 4, 2, 5, 3, 6],
  ]);
  const padded = await run(
    oneNode('Pad', [float32([1, 2, 3]), int64([1n, 2n])], { mode: { string: 'reflect' } }),
  );
  expect([...padded.data]).toEqual([2, 1, 2, 3, 2, 1]);
  const sums = await run(
    oneNode(
      'FusedMatMul',
      [float32([1, 2], [2, 1]), float32([3, 4], [2, 1], 'w')],
      { transA: { int: 1 }, alpha: { float: 2 } },
      {},
      'com.microsoft',
    ),
  );
  expect([...sums.data]).toEqual([22]);
});

test.each([
  ['float32', Float32Array.of(1.5, -0, Infinity)],
  ['float64', Float64Array.of(1.5, Math.PI)],
  ['float16', Uint16Array.of(0x3c00, 0xc000)],
  ['int8', Int8Array.of(-128, 127)],
  ['uint8', Uint8Array.of(0, 255)],
  ['int16', Int16Array.of(-32768, 5)],
  ['uint16', Uint16Array.of(65535)],
  ['int32', Int32Array.of(-(2 ** 31), 7)],
  ['uint32', Uint32Array.of(2 ** 32 - 1)],
  ['int64', BigInt64Array.of(-(2n ** 63n), 3n)],
  ['uint64', BigUint64Array.of(2n ** 64n - 1n)],
  ['bool', Uint8Array.of(0, 1, 1)],
  ['string', ['', 'ä', 'longer than twelve']],
  ['float32', new Float32Array(0)],
  ['float32', Float32Array.of(7, 8, 9).subarray(1)],
] as const)('a %s tensor (%#) comes out of ONNX Runtime and of decodeModel', async (type, data) => {
  const tensor = { name: 'x', type, dims: [data.length], data: data as OnnxTensor['data'] };
  const model = oneNode('Identity', [tensor], {}, { outputs: [y(type)] });
  const result = await run(model);
  expect(result.type).toBe(type);
  const { buffer, byteOffset, length } = result.data as Float32Array;
  // Newer Nodes have a Float16Array, of which ONNX Runtime makes use.
  const elements = type === 'float16' ? new Uint16Array(buffer, byteOffset, length) : result.data;
  expect([...(elements as Float32Array)]).toEqual([...data]);
  expect(decodeModel(encodeModel(model)).graph.initializers).toEqual([tensor]);
});

test('initializers can share their memory: each is read once, when it is written', async () => {
  const memory = new Float32Array(2);
  let reads = 0;
  const initializer = (name: string, values: readonly number[]): OnnxTensor => ({
    name,
    type: 'float32',
    dims: [2],
    get data() {
      reads++;
      memory.set(values);
      return memory;
    },
  });
  const initializers = [initializer('a', [1, 2]), initializer('b', [30, 40])];
  const sum = await run(oneNode('Add', initializers));
  expect([...(sum.data as Float32Array)]).toEqual([31, 42]);
  expect(reads).toBe(2);
});

test('a scalar and a fed value of a shape that is not fixed', async () => {
  const inputs = [{ name: 'a', type: 'float32', shape: ['n'] }] as const;
  const model = oneNode('Add', [float32([2], [])], {}, { inputs });
  const sum = await run(model, { a: new ort.Tensor(Float32Array.of(1, 2, 3), [3]) });
  expect([...sum.data]).toEqual([3, 4, 5]);
});

test('ONNX Runtime knows of each size whether it is fixed', async () => {
  const inputs = [{ name: 'a', type: 'int32', shape: ['n', 0, '', 3] }] as const;
  const model = oneNode('Identity', [], {}, { inputs, outputs: [y('int32')] });
  const session = await ort.InferenceSession.create(encodeModel(model));
  expect(session.inputMetadata).toEqual([
    { name: 'a', isTensor: true, type: 'int32', shape: ['n', 0, '', 3] },
  ]);
  await session.release();
});

const valid = oneNode('Op');
const withInput = (size: number) =>
  oneNode('Op', [], {}, { inputs: [{ name: 'a', type: 'float32', shape: [size] }] });

test.each<[string, OnnxModel]>([
  [
    'irVersion must be an integer within ±(2^53 - 1), but is NaN',
    { ...valid, irVersion: NaN }, //
  ],
  [
    'the version of opset "com.microsoft" must be an integer within ±(2^53 - 1), but is 1.5',
    { ...valid, opsets: { 'com.microsoft': 1.5 } },
  ],
  [
    'attribute "axis" of node "node" must be an integer within ±(2^53 - 1), but is NaN',
    oneNode('Op', [], { axis: { int: NaN } }),
  ],
  [
    'attribute "ends" of node "node" must be an integer within ±(2^53 - 1), but is 9223372036854776000',
    oneNode('Op', [], { ends: { ints: [0, 2 ** 63] } }),
  ],
  [
    'a size of value "a" must be an integer from 0 on, or a name, but is -1',
    withInput(-1), //
  ],
  [
    'a size of value "a" must be an integer from 0 on, or a name, but is 0.5',
    withInput(0.5), //
  ],
  [
    'dims of tensor "x" must be integers from 0 on, but are [-1,-2]',
    oneNode('Op', [float32([1, 2], [-1, -2])]),
  ],
  [
    'tensor "x" of shape [3] needs 3 elements, but has 2',
    oneNode('Op', [float32([1, 2], [3])]), //
  ],
  [
    'tensor "x" of type int64 must hold its data as BigInt64Array, but has Float32Array',
    oneNode('Op', [{ ...float32([1]), type: 'int64' }]),
  ],
  [
    'tensor "t" of type string must hold its data as Array, but has Float64Array',
    oneNode('Op', [], { value: { tensor: { ...tensor, type: 'string' } } }),
  ],
])('refuses: %s', (message, model) => {
  expect(() => encodeModel(model)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: `encodeModel: ${message}.` }),
  );
});
