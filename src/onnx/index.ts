/** ONNX models: bytes ↔ plain objects. Knows nothing of tensors or networks. */
export { decodeModel } from './decode.js';
export { encodeModel } from './encode.js';
export type {
  Attribute,
  ElementType,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
} from './model.js';
