/**
 * From plain objects to the bytes of an .onnx file. Refuses what pbf would write as something else: it cuts
 * off fractions, makes 0 of NaN, and wraps integers that do not fit.
 */
import { PbfWriter } from 'pbf';
import { CycleGANError } from '../core/errors.js';
import {
  type Attribute,
  elementArrays,
  elementCodes,
  elementCount,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './model.js';
import { AttributeProtoAttributeType as kinds, writeModelProto } from './onnx-proto.generated.js';

/**
 * Writes an ONNX model. Tensors are written as raw data, which ONNX wants little endian, as typed arrays are. The `data` of an
 * initializer is read once, when it is written: as a getter, it need not exist before, or after.
 *
 * @throws CycleGANError `INVALID_ARGUMENT` for integers that are none, or are 2^53 or larger; for sizes below 0;
 *   and for tensors whose data is not what their type and dims say
 */
export function encodeModel({ irVersion, opsets, producer, graph, metadata = {} }: OnnxModel): Uint8Array {
  const writer = new PbfWriter(new Uint8Array(roomFor(graph)));
  writeModelProto(
    {
      ir_version: integer(irVersion, 'irVersion'),
      producer_name: producer,
      graph: {
        name: graph.name,
        node: graph.nodes.map(nodeMessage),
        input: graph.inputs.map(valueMessage),
        output: graph.outputs.map(valueMessage),
        initializer: messages(graph.initializers),
      },
      opset_import: Object.entries(opsets).map(([domain, version]) => ({
        domain,
        version: integer(version, `the version of opset "${domain}"`),
      })),
      metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    },
    writer,
  );
  return writer.finish();
}

/** Bytes that are enough for most graphs. A writer without enough room doubles its buffer, and copies it. */
function roomFor({ nodes, inputs, outputs, initializers }: OnnxModel['graph']): number {
  const parts = nodes.length + inputs.length + outputs.length + initializers.length;
  return initializers.reduce(
    (sum, { type, dims }) =>
      sum + (type === 'string' ? 0 : (elementCount(dims) ?? 0) * elementArrays[type].BYTES_PER_ELEMENT),
    256 * parts,
  );
}

const invalid = (what: string): CycleGANError =>
  new CycleGANError('INVALID_ARGUMENT', `encodeModel: ${what}.`);

function integer(value: number, what: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw invalid(`${what} must be an integer within ±(2^53 - 1), but is ${value}`);
}

const nodeMessage = ({ op, domain, name: node, inputs, outputs, attributes }: OnnxNode): object => ({
  op_type: op,
  domain,
  name: node,
  input: inputs,
  output: outputs,
  attribute: Object.entries(attributes).map(([name, value]) => attributeMessage(name, value, node)),
});

function attributeMessage(name: string, value: Attribute, node: string): object {
  if ('float' in value) return { name, type: kinds.FLOAT, f: value.float };
  if ('string' in value) return { name, type: kinds.STRING, s: value.string };
  if ('tensor' in value) return { name, type: kinds.TENSOR, t: tensorMessage(value.tensor) };
  if ('floats' in value) return { name, type: kinds.FLOATS, floats: value.floats };
  if ('strings' in value) return { name, type: kinds.STRINGS, strings: value.strings };
  const what = `attribute "${name}" of node "${node}"`;
  if ('int' in value) return { name, type: kinds.INT, i: integer(value.int, what) };
  for (const int of value.ints) integer(int, what);
  return { name, type: kinds.INTS, ints: value.ints };
}

const valueMessage = ({ name, type, shape }: OnnxValue): object => ({
  name,
  type: {
    tensor_type: {
      elem_type: elementCodes[type],
      shape: shape && { dim: shape.map((size) => sizeMessage(size, name)) },
    },
  },
});

function sizeMessage(size: number | string, value: string): object {
  if (size === '') return {};
  if (typeof size === 'string') return { dim_param: size };
  if (Number.isSafeInteger(size) && size >= 0) return { dim_value: size };
  throw invalid(`a size of value "${value}" must be an integer from 0 on, or a name, but is ${size}`);
}

/** Messages of tensors, made one after the other while they are written. */
function* messages(tensors: readonly OnnxTensor[]): Generator<object> {
  for (const tensor of tensors) yield tensorMessage(tensor);
}

function tensorMessage({ name, type, dims, data }: OnnxTensor): object {
  const expected = elementArrays[type].name;
  const received = Object.prototype.toString.call(data).slice(8, -1); // the same for a Buffer and other realms' arrays
  if (received !== expected) {
    throw invalid(`tensor "${name}" of type ${type} must hold its data as ${expected}, but has ${received}`);
  }
  const size = elementCount(dims);
  if (size === undefined) {
    throw invalid(`dims of tensor "${name}" must be integers from 0 on, but are [${dims.join()}]`);
  }
  if (data.length !== size) {
    throw invalid(
      `tensor "${name}" of shape [${dims.join()}] needs ${size} elements, but has ${data.length}`,
    );
  }
  const elements = Array.isArray(data)
    ? { string_data: data }
    : { raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  return { name, data_type: elementCodes[type], dims, ...elements };
}
