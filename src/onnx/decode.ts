/** From the bytes of an .onnx file to plain objects. Nothing in the bytes is trusted. */
import { PbfReader } from 'pbf';
import { CycleGANError } from '../core/errors.js';
import {
  type Attribute,
  type ElementArray,
  elementArrays,
  elementCodes,
  type ElementType,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './model.js';
import { AttributeProtoAttributeType as kinds, readModelProto } from './onnx-proto.generated.js';

interface TensorMessage {
  name: string;
  dims: number[];
  data_type: number;
  data_location: number;
  raw_data?: Uint8Array;
  float_data: number[];
  int32_data: number[];
  int64_data: number[];
  double_data: number[];
  uint64_data: number[];
}

interface AttributeMessage {
  name: string;
  type: number;
  f: number;
  i: number;
  s: string;
  t?: TensorMessage;
  floats: number[];
  ints: number[];
  strings: string[];
}

interface ValueMessage {
  name: string;
  type?: { tensor_type?: { elem_type: number; shape?: { dim: { dim_value: number; dim_param: string }[] } } };
}

interface NodeMessage {
  op_type: string;
  domain: string;
  name: string;
  input: string[];
  output: string[];
  attribute: AttributeMessage[];
}

interface ModelMessage {
  ir_version: number;
  producer_name: string;
  graph?: {
    name: string;
    node: NodeMessage[];
    initializer: TensorMessage[];
    input: ValueMessage[];
    output: ValueMessage[];
  };
  opset_import: { domain: string; version: number }[];
  metadata_props: { key: string; value: string }[];
}

/**
 * Reads an ONNX model.
 *
 * @throws CycleGANError `INVALID_MODEL` for bytes that are no model, or one of another kind than networks are:
 *   with subgraphs, sequences, or tensors in files beside it
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  let message: ModelMessage;
  try {
    const reader = new PbfReader(bytes);
    message = readModelProto(reader, bytes.length) as unknown as ModelMessage;
    if (reader.pos !== bytes.length) throw new RangeError('a field reaches beyond the end');
  } catch (cause) {
    throw invalid('the bytes are cut short or no ONNX model', cause);
  }
  const { graph } = message;
  if (graph === undefined || message.opset_import.length === 0) {
    throw invalid('the bytes are cut short or no ONNX model');
  }
  return {
    irVersion: message.ir_version,
    opsets: Object.fromEntries(message.opset_import.map(({ domain, version }) => [domain, version])),
    producer: message.producer_name,
    graph: {
      name: graph.name,
      nodes: graph.node.map(node),
      inputs: graph.input.map(value),
      outputs: graph.output.map(value),
      initializers: graph.initializer.map(tensor),
    },
    metadata: Object.fromEntries(message.metadata_props.map(({ key, value }) => [key, value])),
  };
}

const invalid = (what: string, cause?: unknown): CycleGANError =>
  new CycleGANError('INVALID_MODEL', `decodeModel: ${what}.`, { cause });

const node = ({ op_type, domain, name, input, output, attribute }: NodeMessage): OnnxNode => ({
  op: op_type,
  ...(domain !== '' && { domain }),
  name,
  inputs: input,
  outputs: output,
  attributes: Object.fromEntries(attribute.map((message) => [message.name, attributeValue(message, name)])),
});

function attributeValue(message: AttributeMessage, node: string): Attribute {
  switch (message.type) {
    case kinds.INT:
      return { int: message.i };
    case kinds.FLOAT:
      return { float: message.f };
    case kinds.STRING:
      return { string: message.s };
    case kinds.TENSOR:
      if (message.t !== undefined) return { tensor: tensor(message.t) };
      break;
    case kinds.INTS:
      return { ints: message.ints };
    case kinds.FLOATS:
      return { floats: message.floats };
    case kinds.STRINGS:
      return { strings: message.strings };
  }
  throw invalid(
    `attribute "${message.name}" of node "${node}" is of kind ${message.type}, which is not read`,
  );
}

function value({ name, type }: ValueMessage): OnnxValue {
  const { elem_type: code, shape } = type?.tensor_type ?? {};
  if (code === undefined) throw invalid(`value "${name}" is no tensor`);
  return {
    name,
    type: elementType(code, name),
    shape: shape?.dim.map(({ dim_value, dim_param }) => (dim_param === '' ? dim_value : dim_param)) ?? [],
  };
}

function elementType(code: number, name: string): ElementType {
  const found = Object.entries(elementCodes).find(([, known]) => known === code);
  if (found === undefined) throw invalid(`"${name}" has element type ${code}, which is not read`);
  return found[0] as ElementType;
}

/** Elements lie in raw bytes, or in the field that ONNX has for their type. */
function tensor(message: TensorMessage): OnnxTensor {
  const { name, dims, raw_data: raw } = message;
  const type = elementType(message.data_type, name);
  if (message.data_location !== 0) throw invalid(`tensor "${name}" lies in a file beside the model`);
  const size = dims.reduce((product, n) => product * n, 1);
  const data = raw === undefined ? fromFields(message, type) : fromBytes(raw, type, name);
  if (data.length !== size) {
    throw invalid(
      `tensor "${name}" of shape [${dims.join()}] holds ${data.length} elements instead of ${size}`,
    );
  }
  return { name, type, dims, data };
}

function fromBytes(raw: Uint8Array, type: ElementType, name: string): ElementArray {
  const array = elementArrays[type];
  if (raw.byteLength % array.BYTES_PER_ELEMENT !== 0) {
    throw invalid(`tensor "${name}" holds ${raw.byteLength} bytes, no whole number of elements`);
  }
  return new array(new Uint8Array(raw).buffer); // copied, as the bytes may not be aligned
}

function fromFields(message: TensorMessage, type: ElementType): ElementArray {
  switch (type) {
    case 'float32':
      return Float32Array.from(message.float_data);
    case 'float64':
      return Float64Array.from(message.double_data);
    case 'int64':
      return BigInt64Array.from(message.int64_data, BigInt);
    case 'uint64':
      return BigUint64Array.from(message.uint64_data, BigInt);
    case 'uint32':
      return Uint32Array.from(message.uint64_data);
    default:
      return elementArrays[type].from(message.int32_data);
  }
}
