/** From plain objects to the bytes of an .onnx file. */
import { PbfWriter } from 'pbf';
import {
  type Attribute,
  elementCodes,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './model.js';
import { AttributeProtoAttributeType as kinds, writeModelProto } from './onnx-proto.generated.js';

/** The model as bytes; tensors as raw data, which ONNX wants little endian, as typed arrays are. */
export function encodeModel({ irVersion, opsets, producer, graph, metadata = {} }: OnnxModel): Uint8Array {
  const writer = new PbfWriter();
  writeModelProto(
    {
      ir_version: irVersion,
      producer_name: producer,
      graph: {
        name: graph.name,
        node: graph.nodes.map(nodeMessage),
        input: graph.inputs.map(valueMessage),
        output: graph.outputs.map(valueMessage),
        initializer: graph.initializers.map(tensorMessage),
      },
      opset_import: Object.entries(opsets).map(([domain, version]) => ({ domain, version })),
      metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    },
    writer,
  );
  return writer.finish();
}

const nodeMessage = ({ op, domain, name, inputs, outputs, attributes }: OnnxNode): object => ({
  op_type: op,
  domain,
  name,
  input: inputs,
  output: outputs,
  attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attributeMessage(value) })),
});

function attributeMessage(value: Attribute): object {
  if ('int' in value) return { type: kinds.INT, i: value.int };
  if ('float' in value) return { type: kinds.FLOAT, f: value.float };
  if ('string' in value) return { type: kinds.STRING, s: value.string };
  if ('tensor' in value) return { type: kinds.TENSOR, t: tensorMessage(value.tensor) };
  if ('ints' in value) return { type: kinds.INTS, ints: value.ints };
  if ('floats' in value) return { type: kinds.FLOATS, floats: value.floats };
  return { type: kinds.STRINGS, strings: value.strings };
}

const valueMessage = ({ name, type, shape }: OnnxValue): object => ({
  name,
  type: {
    tensor_type: {
      elem_type: elementCodes[type],
      shape: {
        dim: shape.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size })),
      },
    },
  },
});

const tensorMessage = ({ name, type, dims, data }: OnnxTensor): object => ({
  name,
  data_type: elementCodes[type],
  dims,
  raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});
