/** ONNX Runtime's errors in the user's terms: the kernel that the failing operator came from, and its shapes. */
import { CycleGANError } from '../../../core/errors.js';
import { type Graph, type GraphNode } from '../lowering/graph.js';

/** Nodes are named after their kernel: `Conv2D.12/Transpose.57`. */
const nodeName = /(\w+)\.(\d+)\/(\w+)\.\d+/;

/**
 * How ONNX Runtime (native and compiled to WebAssembly), C++ and JavaScript say that something is larger than the memory. Their
 * other messages name functions and types such as `std::allocator`.
 */
const outOfMemory = new RegExp(
  [
    'bad[_ ]alloc', // std::bad_alloc, in Visual C++ bad allocation
    'failed to allocate',
    'out of memory',
    'would require more than',
    'tensor shape is too large',
    'SafeIntOnOverflow', // of a size in bytes
    'array buffer allocation failed',
    'invalid (typed )?array (buffer )?length',
    'exceeds the max buffer size', // WebGPU
    'out_of_(device_|host_)?memory', // Vulkan
  ].join('|'),
  'i',
);

export function explainSession(error: unknown, graph: Graph): CycleGANError {
  if (error instanceof CycleGANError) return error; // no session at all can be created
  return new CycleGANError(
    'ENGINE',
    `onnxruntime backend: ONNX Runtime cannot compile a graph of ${graph.nodes.length} kernels${blame(error, graph)}. ` +
      `It says: ${messageOf(error)}`,
    { cause: error },
  );
}

export function explainRun(error: unknown, graph: Graph): CycleGANError {
  if (error instanceof CycleGANError) return error; // of another kind: the GPU is lost
  const message = messageOf(error);
  if (outOfMemory.test(message)) {
    return new CycleGANError(
      'OUT_OF_MEMORY',
      `onnxruntime backend: out of memory in a graph of ${graph.nodes.length} kernels${blame(error, graph)}. ` +
        'Use smaller images or batches, or dispose of tensors that are no longer needed.',
      { cause: error },
    );
  }
  return new CycleGANError(
    'ENGINE',
    `onnxruntime backend: a graph of ${graph.nodes.length} kernels fails while it runs${blame(error, graph)}. ` +
      `It says: ${message}`,
    { cause: error },
  );
}

/** Whether a graph and a part of it fail in the same way: their errors are equal, except for counts and indices of kernels. */
export const isSameFailure = (ofGraph: Error, ofPart: Error): boolean => essence(ofGraph) === essence(ofPart);

const essence = ({ message }: Error): string => message.replace(/\d+ kernels|(?<=\w)\.\d+/g, '');

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** ', at operator "Conv" of kernel "Conv2D" ([1,64,64,3], [3,3,3,8])', if the message names a node. */
function blame(error: unknown, { nodes }: Graph): string {
  const found = nodeName.exec(messageOf(error));
  if (found === null) return '';
  const [, kernel, index, operator] = found;
  const node = nodes[Number(index)];
  return `, at operator "${operator}" of kernel "${kernel}"${node === undefined ? '' : ` (inputs ${shapes(node)})`}`;
}

const shapes = ({ inputs }: GraphNode): string =>
  inputs.map((input) => (input === undefined ? 'none' : `[${input.spec.shape.join()}]`)).join(', ');

/** @param reason why the runtime cannot compute synchronously */
export function onlyAsync(reason: string, kernel: string | undefined): CycleGANError {
  const what =
    kernel === undefined
      ? 'dataSync() and arraySync() need values that are not computed yet'
      : `kernel "${kernel}" runs on the cpu backend and needs values that are not computed yet`;
  const how =
    kernel === undefined
      ? 'Use await tensor.data() or await tensor.array().'
      : 'Wait for its inputs first (await tensor.data()), and do not call it inside a gradient.';
  return new CycleGANError('UNSUPPORTED', `onnxruntime backend: ${what}, and ${reason}. ${how}`);
}
