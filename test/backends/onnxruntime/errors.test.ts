/** What goes wrong is said in the user's terms, and the backend goes on working after it. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { describe, expect, test } from 'vitest';
import { explainRun } from '../../../src/backends/onnxruntime/compiler/explain.js';
import { type Kernel } from '../../../src/backends/onnxruntime/kernels/kernel.js';
import { Capture } from '../../../src/core/capture.js';
import { Random } from '../../../src/core/random.js';
import { withoutLeaks } from '../../support/leaks.js';
import { backend, onOnnxRuntime } from './engine.js';

onOnnxRuntime();

const works = () => {
  tf.tidy(() => {
    expect(tf.add([1, 2], 1).arraySync()).toEqual([2, 3]);
  });
};

describe('registering', () => {
  const install =
    "Install it (npm install onnxruntime-node), and hand it over: import * as ort from 'onnxruntime-node'.";
  test.each([
    [undefined, 'undefined'],
    ['onnxruntime-node', '"onnxruntime-node"'],
    [{ InferenceSession: {} }, 'an object'],
  ])('without the module: %j', (module, shown) => {
    expect(() => registerOnnxRuntimeBackend(module)).toThrow(
      'registerOnnxRuntimeBackend: argument "ort" must be the module onnxruntime-node or onnxruntime-web, ' +
        `got ${shown}. ${install}`,
    );
  });

  test('a version that is too old', () => {
    const old = { ...ort, env: { versions: { common: '1.17.0', node: '1.17.3' } } };
    expect(() => registerOnnxRuntimeBackend(old)).toThrow(
      'registerOnnxRuntimeBackend: needs ONNX Runtime 1.20 or newer, got 1.17.3. ' +
        'Install a newer one (npm install onnxruntime-node@latest).',
    );
  });

  test('a provider that there is not, and one that does not start', () => {
    const listed = ort.listSupportedBackends();
    const available = listed.map(({ name }) => name);
    const [bundled, others] = [true, false].map((is) =>
      listed.filter(({ bundled }) => bundled === is).map(({ name }) => name),
    );
    const installed = `, and ${others!.join(', ')} where their libraries are installed`;
    const description = bundled!.join(', ') + (others!.length > 0 ? installed : '');
    expect(() => registerOnnxRuntimeBackend(ort, { executionProviders: ['tpu'] })).toThrow(
      'registerOnnxRuntimeBackend: option "executionProviders" names "tpu", which this ONNX Runtime does not have. ' +
        `It has: ${description}.`,
    );
    const absent = available.find((name) => name === 'cuda' || name === 'webgpu');
    if (absent === undefined) return;
    const pattern =
      /^registerOnnxRuntimeBackend: .* does not start on this machine\. ONNX Runtime says: .+ "cpu" works everywhere\.$/s;
    expect(() => registerOnnxRuntimeBackend(ort, { executionProviders: [absent] })).toThrow(pattern);
  });

  test('unknown and wrong options', () => {
    expect(() => registerOnnxRuntimeBackend(ort, { treads: 2 } as never)).toThrow(
      'registerOnnxRuntimeBackend: unknown option "treads". Did you mean "threads"?',
    );
    expect(() => registerOnnxRuntimeBackend(ort, { threads: 0 })).toThrow(
      'registerOnnxRuntimeBackend: option "threads" must be a whole number from 1, got 0.',
    );
    expect(() => registerOnnxRuntimeBackend(ort, { executionProviders: [] })).toThrow(
      'registerOnnxRuntimeBackend: option "executionProviders" must be a list of names, such as ["cpu"], got [].',
    );
  });

  test('without the cpu backend', () => {
    const factory = tf.findBackendFactory('cpu');
    tf.removeBackend('cpu');
    expect(() => registerOnnxRuntimeBackend(ort, { name: 'alone' })).toThrow(
      "registerOnnxRuntimeBackend: kernels that ONNX has no operators for run on tfjs' cpu backend, which is not " +
        "registered. Import '@tensorflow/tfjs', or '@tensorflow/tfjs-backend-cpu', first.",
    );
    tf.registerBackend('cpu', factory);
  });
});

describe('computing', () => {
  /** A kernel that ONNX Runtime refuses, as one of ours would be that is written wrongly. */
  const broken = (op: string, attributes = {}): Kernel => ({
    inputs: ['x'],
    infer: ([x]) => [x!],
    lower: (call) => call.output(call.op(op, [call.input(0)], attributes)),
  });

  test('an operator that cannot be compiled is named, with its kernel', () =>
    withoutLeaks(() => {
      const x = tf.tensor([[1, 2]]);
      const y = backend().runKernel('Broken', broken('NoSuchOperator'), { x }, {}) as tf.TensorInfo;
      expect(() => backend().readSync(y.dataId)).toThrow(
        /^onnxruntime backend: ONNX Runtime cannot compile a graph of 1 kernels, at operator "NoSuchOperator" of kernel "Broken" \(inputs \[1,2\]\)\. It says: .*NoSuchOperator/s,
      );
      expect(() => backend().readSync(y.dataId)).toThrow('NoSuchOperator'); // still
      works(); // while it is held
      backend().disposeData(y.dataId);
      works();
      x.dispose();
    }));

  test('more memory than there is', () =>
    withoutLeaks(() => {
      const x = tf.tensor([1, 2, 3]);
      const huge = tf.tidy(() => tf.neg(tf.tile(tf.add(x, 1), [2 ** 40])));
      const other = tf.add(x, 2);
      expect(() => huge.dataSync()).toThrow(
        'onnxruntime backend: out of memory in a graph of 3 kernels, at operator "Tile" of kernel "Tile" (inputs [3]). ' +
          'Use smaller images or batches, or dispose of tensors that are no longer needed.',
      );
      expect(other.arraySync()).toEqual([3, 4, 5]); // held beside it
      expect(() => huge.dataSync()).toThrow('out of memory');
      huge.dispose();
      works();
      tf.dispose([x, other]);
    }));

  test('more memory than there is, in the middle of a graph, and in another thread', () =>
    withoutLeaks(() => {
      const x = tf.tensor1d([1, 2, 3]);
      const enlarged = (size: number) => () => tf.pad(x, [[size, 0]]);
      const outOfMemory =
        /^onnxruntime backend: out of memory in a graph of \d kernels(, at operator "Pad" of kernel "PadV2" \(inputs \[3\]\))?\. Use smaller/;
      const sum = tf.tidy(() => tf.sum(enlarged(2 ** 38)()));
      expect(() => sum.dataSync()).toThrow(outOfMemory);
      for (const size of [2 ** 38, 2 ** 40]) {
        const capture = new Capture(new Random(0));
        const run = () =>
          capture.run('f', 'f', [{ inputs: [x], variables: [], compute: () => ({ y: enlarged(size)() }) }]);
        expect(() => tf.tidy(run)).toThrow(outOfMemory);
      }
      works();
      tf.dispose([x, sum]);
    }));

  // As ONNX Runtime 1.30 and Node 20 say it.
  test.each([
    [true, 'std::bad_alloc'],
    [true, 'bad allocation'],
    [true, 'Failed to allocate memory for requested buffer of size 4398046511104'],
    [true, 'BFC Arena ran out of memory trying to allocate 1024'],
    [true, "Can't create a session. failed to allocate a buffer of size 2147483648."],
    [
      true,
      'op_kernel.cc:83 virtual OrtValue *OutputMLValue(int, const TensorShape &) : Tensor shape is too large',
    ],
    [
      true,
      'safeint.h:17 static void SafeIntExceptionHandler<OnnxRuntimeException>::SafeIntOnOverflow() Integer overflow',
    ],
    [true, 'Array buffer allocation failed'],
    [true, 'Invalid typed array length: 1099511627779'],
    [true, 'WebAssembly.Memory(): could not allocate memory: Out of memory'],
    [
      false,
      'padbase.h:122 static void onnxruntime::PadBase::ComputePadsImpl(KernelContextType&, size_t, gsl::span<const long int>, PadsVector&) ' +
        '[with PadsVector = absl::InlinedVector<long int, 10, std::allocator<long int> >] pads_data.size() == 2 * data_rank was false.',
    ],
    [false, 'sequential_executor.cc AllocateMLValueTensorSelfOwnBufferHelper: shapes do not match'],
    [false, 'indices element out of data bounds, idx=7 must be within the inclusive range [-3,2]'],
  ])('out of memory: %s, if it says %s', (isOutOfMemory, message) => {
    const { code } = explainRun(new Error(message), { nodes: [], values: [], outputs: [] });
    expect(code).toBe(isOutOfMemory ? 'OUT_OF_MEMORY' : 'ENGINE');
  });

  test('an index out of bounds that is known only when it is computed', () =>
    withoutLeaks(() => {
      const x = tf.tensor([1, 2, 3]);
      const index = tf.tidy(() => tf.add(tf.tensor1d([1], 'int32'), tf.tensor1d([5], 'int32')));
      const y = tf.gather(x, index);
      expect(() => y.dataSync()).toThrow(
        /^onnxruntime backend: a graph of 2 kernels fails while it runs, at operator "Gather" of kernel "GatherV2" \(inputs \[3\], \[1\]\)\. It says: .*out of data bounds/s,
      );
      tf.dispose([x, y, index]);
      works();
    }));

  test("tfjs' own errors come at the call", () =>
    withoutLeaks(() => {
      const x = tf.tensor([[1, 2]]);
      expect(() => tf.slice(x, [0, 1], [1, 2])).toThrow(
        'begin[1] + size[1] (3) would overflow input.shape[1] (2)',
      );
      expect(() => tf.tidy(() => tf.gather(x, tf.tensor1d([2], 'int32')))).toThrow(
        'GatherV2: the index value 2 is not in [0, 0]',
      );
      x.dispose();
    }));
});
