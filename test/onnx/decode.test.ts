/** What decodeModel reads: bytes of other programs (by-python/make.py, ONNX Runtime) and bytes written by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { isCycleGANError, Random, resnetGenerator } from 'ts-cyclegan';
import { exportOnnx } from 'ts-cyclegan/interop';
import { expect, test } from 'vitest';
import { decodeModel, encodeModel, type OnnxTensor } from '../../src/onnx/index.js';
import { emptyFolder } from '../support/folder.js';
import { damage } from '../support/mutations.js';
import { float32, int64, oneNode } from './models.js';

const byPython = (name: string): Uint8Array =>
  readFileSync(new URL(`by-python/${name}.onnx`, import.meta.url));

const refused = (message: string) =>
  expect.objectContaining({ code: 'INVALID_MODEL', message: `decodeModel: ${message}.` }) as Error;

const noModel = refused('the bytes are cut short or no ONNX model');

test("Python's onnx: nodes, values and what belongs to the model", () => {
  const { graph, ...model } = decodeModel(byPython('model'));
  expect(model).toEqual({
    irVersion: 10,
    opsets: { '': 21, 'com.microsoft': 1 },
    producer: 'python',
    metadata: { key: 'väl☃ue' },
  });
  expect(graph.name).toBe('graph');
  expect(graph.inputs).toEqual([
    { name: 'x', type: 'float32', shape: ['batch', '', 0, 3] },
    { name: 'r', type: 'float16' },
  ]);
  expect(graph.outputs).toEqual([{ name: 'y', type: 'float32', shape: [] }]);
  expect(graph.nodes).toEqual([
    {
      op: 'Op',
      domain: 'com.microsoft',
      name: 'n',
      inputs: ['x', '', 'float'],
      outputs: ['y', 'z'],
      attributes: {
        int: { int: -3 },
        big: { int: 2 ** 40 },
        huge: { int: 2 ** 63 }, // 2^63 - 1, to the nearest number
        zero: { int: 0 },
        float: { float: 0.5 },
        nan: { float: NaN },
        string: { string: 'å☃' },
        ints: { ints: [1, 0, -(2 ** 40)] },
        floats: { floats: [0.5, -0] },
        strings: { strings: ['a', 'longer than twelve'] },
        tensor: { tensor: { name: 't', type: 'int32', dims: [], data: Int32Array.of(-7) } },
      },
    },
    { op: 'Relu', name: '', inputs: ['x'], outputs: ['w'], attributes: {} },
  ]);
});

test("Python's onnx: tensors in the fields of their types and in raw bytes", () => {
  const wanted: [string, OnnxTensor['type'], number[], OnnxTensor['data']][] = [
    ['float', 'float32', [4], Float32Array.of(1.5, -0, Infinity, NaN)],
    ['double', 'float64', [2], Float64Array.of(0.1, -7)],
    ['half', 'float16', [2], Uint16Array.of(0x3c00, 0xc000)],
    ['int8', 'int8', [2], Int8Array.of(-128, 127)],
    ['uint8', 'uint8', [2], Uint8Array.of(0, 255)],
    ['int16', 'int16', [2], Int16Array.of(-32768, 5)],
    ['uint16', 'uint16', [1], Uint16Array.of(65535)],
    ['int32', 'int32', [2], Int32Array.of(-(2 ** 31), 7)],
    ['uint32', 'uint32', [2], Uint32Array.of(2 ** 32 - 1, 1)],
    ['int64', 'int64', [5], BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -1n, 0n)],
    ['uint64', 'uint64', [3], BigUint64Array.of(2n ** 64n - 1n, 2n ** 53n + 1n, 0n)],
    ['bool', 'bool', [2], Uint8Array.of(1, 0)],
    ['string', 'string', [2], ['', 'ä']],
    ['raw', 'int64', [2, 3], BigInt64Array.of(1n, 2n, 3n, 4n, 5n, -6n)],
    ['scalar', 'float32', [], Float32Array.of(2.5)],
    ['empty', 'float32', [2, 0], new Float32Array(0)],
    ['no field', 'int64', [0], new BigInt64Array(0)],
  ];
  expect(decodeModel(byPython('model')).graph.initializers).toEqual(
    wanted.map(([name, type, dims, data]) => ({ name, type, dims, data })),
  );
});

test('ONNX Runtime: a model that it optimized', async () => {
  const path = join(await emptyFolder(), 'optimized.onnx');
  const inputs = [{ name: 'a', type: 'float32', shape: ['n', 3] }] as const;
  const pads = int64([0n, 1n, 0n, 2n]);
  const session = await ort.InferenceSession.create(
    encodeModel(oneNode('Pad', [pads], { mode: { string: 'reflect' } }, { inputs })),
    { optimizedModelFilePath: path, graphOptimizationLevel: 'basic' },
  );
  await session.release();
  const { graph, opsets } = decodeModel(readFileSync(path));
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
  expect(graph.inputs).toEqual(inputs);
  expect(graph.initializers).toEqual([pads]);
});

/** Hexadecimal bytes of a field that holds `content`: texts, bytes, messages and packed numbers. */
const field = (number: number, content: string): string =>
  Buffer.of((number << 3) | 2, content.length / 2).toString('hex') + content;

/** A model by hand, with operator set 21, whose graph is of these fields. */
const model = (...graph: string[]): Uint8Array =>
  Uint8Array.from(Buffer.from(field(8, '1015') + field(7, graph.join('')), 'hex'));

test('by hand: numbers that are not packed, and packed where ONNX does not pack', () => {
  const attributes = [
    field(1, '61') + '4005' + '4007' + 'a00107', // a: ints 5, 7; kind 7
    field(1, '62') + field(8, '05ffffffffffffffffff01') + 'a00107', // b: ints 5, -1; kind 7
  ];
  const node = attributes.map((attribute) => field(5, attribute)).join('');
  const tensor = '0802' + '1001' + '250000803f' + '25000000c0' + field(8, '78'); // dims 2; type 1; 1, -2; "x"
  const { graph } = decodeModel(model(field(1, node), field(5, tensor)));
  expect(graph.nodes[0]?.attributes).toEqual({ a: { ints: [5, 7] }, b: { ints: [5, -1] } });
  expect(graph.initializers).toEqual([float32([1, -2])]);
});

test('what encodeModel took comes back', () => {
  const inputs = [
    { name: 'a', type: 'bool', shape: ['n', 0, '', 3] },
    { name: 'b', type: 'uint8' },
  ] as const;
  const attributes = { a: { strings: ['å', ''] }, b: { int: 0 }, c: { ints: [] }, d: { float: -0 } };
  const model = oneNode('Op', [float32([1])], attributes, { inputs }, 'com.microsoft');
  const withMetadata = { ...model, metadata: { key: 'väl☃ue' } };
  expect(decodeModel(encodeModel(withMetadata))).toEqual(withMetadata);
});

test.each([
  ['bfloat16', 'tensor "b" has element type 16, which is not read'],
  ['external', 'tensor "x" lies in a file beside the model; save the model as one file'],
  ['functions', 'the model has functions of its own, which are not read'],
  ['sequence', 'value "s" is no tensor'],
  ['sparse', 'the model has sparse tensors, which are not read'],
  ['subgraph', 'attribute "else_branch" of node "if" is of kind GRAPH, which is not read'],
])('refuses what it does not read: %s', (name, message) => {
  expect(() => decodeModel(byPython(name))).toThrow(refused(message));
});

const x = field(8, '78');

test.each([
  ['tensor "x" has element type 0, which is not read', field(5, x)],
  [
    'tensor "x" of shape [3] holds 2 elements instead of 3',
    field(5, `08031001${field(9, '00'.repeat(8))}${x}`),
  ],
  ['tensor "x" of shape [1] holds 0 elements instead of 1', field(5, `08011001${x}`)],
  [
    'tensor "x" holds 3 bytes, no whole number of float32 elements',
    field(5, `1001${field(9, '010203')}${x}`),
  ],
  ['tensor "x" has the sizes [-1,-1]', field(5, `${'08ffffffffffffffffff01'.repeat(2)}1001${x}`)],
  ['the last number of tensor "x" is cut short', field(5, `08011007${field(7, 'ff')}${x}`)],
  ['attribute "a" of node "n" is of kind UNDEFINED, which is not read', attribute('1801')],
  ['attribute "a" of node "n" is of kind 99, which is not read', attribute('1801a00163')],
  ['attribute "a" of node "n" is of kind TENSOR, but holds none', attribute('a00104')],
  [
    'value "y" has element type 99, which is not read',
    field(12, field(1, '79') + field(2, field(1, '0863'))),
  ],
  ['value "y" is no tensor', field(12, field(1, '79'))],
])('refuses, by hand: %s', (message, graph) => {
  expect(() => decodeModel(model(graph))).toThrow(refused(message));
});

function attribute(content: string): string {
  return field(1, field(3, '6e') + field(5, field(1, '61') + content));
}

test.each([
  ['nothing', new Uint8Array(0)],
  ['a page', new TextEncoder().encode('<!doctype html><title>404</title>')],
  ['no operator sets', new Uint8Array(Buffer.from('0808' + field(7, field(2, '67')), 'hex'))],
  ['a node that is longer than its graph', new Uint8Array(Buffer.from('420210153a020a0442021015', 'hex'))],
  ['int64 numbers that are not packed', model(field(5, '080110073805'))],
  ['a field 0', model('0000')],
])('refuses what is no model: %s', (_, bytes) => {
  expect(() => decodeModel(bytes)).toThrow(noModel);
});

test('refuses a model cut short anywhere', () => {
  // Ends with the operator sets, without which it is no model.
  const bytes = encodeModel(oneNode('Pad', [float32([1, 2]), int64([1n])], { mode: { string: 'reflect' } }));
  for (let length = 0; length < bytes.length; length++) {
    expect(() => decodeModel(bytes.subarray(0, length))).toThrow(noModel);
  }
});

test('bytes changed anywhere are read, or refused with our error', () => {
  const original = byPython('model');
  const bytes = Uint8Array.from(original);
  original.forEach((before, i) => {
    for (const byte of [0, 0x7f, 0xff, before ^ 1, before ^ 0x80]) {
      bytes[i] = byte;
      try {
        decodeModel(bytes);
      } catch (error) {
        if (!isCycleGANError(error, 'INVALID_MODEL')) throw error;
      }
    }
    bytes[i] = before;
  });
});

test('1,000 damaged files are read, or refused with our error', async () => {
  const generator = resnetGenerator({ inputShape: [8, 8, 3], filters: 2, residualBlocks: 1, seed: 1 });
  const bytes = await exportOnnx(generator, { uint8: true, licence: 'MIT' });
  generator.dispose();
  const random = new Random(1);
  let read = 0;
  for (let i = 0; i < 1000; i++) {
    const damaged = damage(bytes, random);
    try {
      const { initializers } = decodeModel(damaged).graph;
      const held = initializers.reduce((sum, { data }) => sum + (data as Uint8Array).byteLength, 0);
      expect(held).toBeLessThanOrEqual(8 * damaged.length); // no size in the file is trusted
      read++;
    } catch (error) {
      if (!isCycleGANError(error, 'INVALID_MODEL')) throw error;
    }
  }
  expect(read).toBeGreaterThan(100); // a changed weight is not noticed
  expect(read).toBeLessThan(900);
});
