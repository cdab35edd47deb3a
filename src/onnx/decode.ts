/** From the bytes of an .onnx file to plain objects. Nothing in the bytes is trusted. */
import { elementType, invalid, tensor, type TensorMessage } from './decode-tensor.js';
import { type Attribute, type OnnxModel, type OnnxNode, type OnnxValue } from './model.js';
import { AttributeProtoAttributeType as kinds, readModelProto } from './onnx-proto.generated.js';
import { StrictReader } from './strict-reader.js';

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

interface DimensionMessage {
  value?: 'dim_value' | 'dim_param';
  dim_value: number;
  dim_param: string;
}

interface ValueMessage {
  name: string;
  type?: { tensor_type?: { elem_type: number; shape?: { dim: DimensionMessage[] } } };
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
    sparse_initializer: Uint8Array[];
    input: ValueMessage[];
    output: ValueMessage[];
  };
  opset_import: { domain: string; version: number }[];
  metadata_props: { key: string; value: string }[];
  functions: Uint8Array[];
}

/**
 * Reads an ONNX model.
 *
 * @throws CycleGANError `INVALID_MODEL` for bytes that are no model, or one of another kind than networks are:
 *   with subgraphs or functions, sequences, sparse tensors, or tensors in files beside it
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  const { ir_version, producer_name, graph, opset_import, metadata_props, functions } = read(bytes);
  if (graph === undefined || opset_import.length === 0) throw noModel();
  if (functions.length > 0) throw invalid('the model has functions of its own, which are not read');
  if (graph.sparse_initializer.length > 0) throw invalid('the model has sparse tensors, which are not read');
  return {
    irVersion: ir_version,
    opsets: Object.fromEntries(opset_import.map(({ domain, version }) => [domain, version])),
    producer: producer_name,
    graph: {
      name: graph.name,
      nodes: graph.node.map(node),
      inputs: graph.input.map(value),
      outputs: graph.output.map(value),
      initializers: graph.initializer.map(tensor),
    },
    metadata: Object.fromEntries(metadata_props.map(({ key, value }) => [key, value])),
  };
}

function read(bytes: Uint8Array): ModelMessage {
  try {
    return readModelProto(new StrictReader(bytes), bytes.length) as unknown as ModelMessage;
  } catch (cause) {
    throw noModel(cause);
  }
}

const noModel = (cause?: unknown) => invalid('the bytes are cut short or no ONNX model', cause);

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
      if (message.t === undefined) throw refuse(message, node, 'but holds none');
      return { tensor: tensor(message.t) };
    case kinds.INTS:
      return { ints: message.ints };
    case kinds.FLOATS:
      return { floats: message.floats };
    case kinds.STRINGS:
      return { strings: message.strings };
    default:
      throw refuse(message, node, 'which is not read');
  }
}

function refuse({ name, type }: AttributeMessage, node: string, why: string): Error {
  const kind = Object.entries(kinds).find(([, code]) => code === type)?.[0] ?? type;
  return invalid(`attribute "${name}" of node "${node}" is of kind ${kind}, ${why}`);
}

function value({ name, type }: ValueMessage): OnnxValue {
  const { elem_type: code, shape } = type?.tensor_type ?? {};
  if (code === undefined) throw invalid(`value "${name}" is no tensor`);
  return {
    name,
    type: elementType(code, `value "${name}"`),
    ...(shape !== undefined && {
      shape: shape.dim.map(({ value, dim_value, dim_param }) =>
        value === 'dim_value' ? dim_value : dim_param,
      ),
    }),
  };
}
