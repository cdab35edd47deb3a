/** Registering: versions, providers, threads of onnxruntime-web, and a second registration. */
import * as tf from '@tensorflow/tfjs';
import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { type OnnxRuntimeBackendOptions, registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { afterEach, describe, expect, test } from 'vitest';
import { backend } from './engine.js';

/** The code and message of what `call` throws. */
function thrown(call: () => unknown): { code: unknown; message: string } | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    const { code, message } = error as { code: unknown; message: string };
    return { code, message };
  }
}

const registering = (ort: unknown, options?: OnnxRuntimeBackendOptions) =>
  thrown(() => registerOnnxRuntimeBackend(ort, options));

describe('versions', () => {
  const versions = { common: '1.30.0' };
  const ofNode = (version: string) => ({ ...node, env: { versions: { ...versions, node: version } } });
  const ofWeb = (version: string, beside = {}) => ({
    ...web,
    env: { versions: { ...versions, web: version, ...beside } },
  });

  test.each(['1.21.0', '1.21.1', '1.21.0-dev.20250201-a1b2c3d', '1.21.2-rev'])(
    'onnxruntime-node %s is refused, and nothing is registered',
    (version) => {
      expect(registering(ofNode(version), { name: 'unusable' })).toEqual({
        code: 'UNSUPPORTED',
        message:
          `registerOnnxRuntimeBackend: onnxruntime-node ${version} aborts the process as soon as a second thread uses it, ` +
          "as this backend's do. Install another version (npm install onnxruntime-node@latest).",
      });
      expect(tf.findBackendFactory('unusable')).toBe(null);
    },
  );

  test('an old onnxruntime-web', () => {
    expect(registering(ofWeb('1.19.2'))).toEqual({
      code: 'UNSUPPORTED',
      message:
        'registerOnnxRuntimeBackend: needs ONNX Runtime 1.20 or newer, got 1.19.2. ' +
        'Install a newer one (npm install onnxruntime-web@latest).',
    });
  });

  test.each([
    ['node', '1.20.0-dev.20241001', ofNode('1.20.0-dev.20241001')],
    ['node', '1.22.0-rev', ofNode('1.22.0-rev')],
    ['node', '2.21.0', ofNode('2.21.0')],
    ['web', '1.21.0', ofWeb('1.21.0')],
    ['web', 'beside another onnxruntime-node', ofWeb('1.30.0', { node: '1.21.0' })],
  ])('onnxruntime-%s %s is taken', (_, __, ort) => {
    expect(registering(ort, { name: 'taken' })).toBeUndefined();
    tf.removeBackend('taken');
  });
});

describe('a second time', () => {
  const name = 'twice';
  afterEach(() => {
    if (tf.engine().backendNames().includes(name)) tf.removeBackend(name);
  });

  test('with the same options, however they are written, it stays', async () => {
    registerOnnxRuntimeBackend(node, {
      name,
      threads: 1,
      executionProviders: [{ name: 'cpu', arena: [1, 2] }],
    });
    await tf.setBackend(name);
    const first = backend();
    for (const ort of [node, { default: node }]) {
      registerOnnxRuntimeBackend(ort, {
        executionProviders: [{ arena: [1, 2], name: 'cpu' }],
        threads: 1,
        name,
        maxSessions: 64, // the default
      });
    }
    await tf.setBackend(name);
    expect(backend()).toBe(first);
    tf.tidy(() => {
      expect(tf.add([1, 2], 3).arraySync()).toEqual([4, 5]);
    });
  });

  const already = (what: string) => ({
    code: 'INVALID_ARGUMENT',
    message:
      `registerOnnxRuntimeBackend: backend "twice" is registered already, with ${what}. ` +
      `Remove it first (tf.removeBackend('twice')), or register under another option "name".`,
  });

  test('with other options or another module it is refused, until the first one is removed', async () => {
    registerOnnxRuntimeBackend(node, { name, threads: 1, executionProviders: [{ name: 'cpu', arena: 1 }] });
    const same: OnnxRuntimeBackendOptions = {
      name,
      threads: 1,
      executionProviders: [{ name: 'cpu', arena: 1 }],
    };
    expect(registering(node, { name })).toEqual(already('other options (executionProviders, threads)'));
    expect(registering(node, { ...same, freeze: 'never' })).toEqual(already('other options (freeze)'));
    expect(registering(node, { ...same, executionProviders: [{ name: 'cpu', arena: 2 }] })).toEqual(
      already('other options (executionProviders)'),
    );
    expect(registering(web, same)).toEqual(already('another ONNX Runtime module'));
    expect(registering(web, { ...same, threads: 2 })).toEqual(
      already('another ONNX Runtime module and other options (threads)'),
    );
    expect(registering(node, same)).toBeUndefined();
    tf.removeBackend(name);
    registerOnnxRuntimeBackend(web, { name });
    await tf.setBackend(name);
    const sum = tf.add([1, 2], 3);
    expect(() => sum.dataSync()).toThrow('it answers with promises only'); // the web's, so the new options hold
    expect([...(await sum.data())]).toEqual([4, 5]);
    sum.dispose();
  });

  test('the name of another backend is refused, and that backend stays', () => {
    const factory = tf.findBackendFactory('cpu');
    expect(registering(node, { name: 'cpu' })).toEqual({
      code: 'INVALID_OPTION',
      message:
        'registerOnnxRuntimeBackend: option "name" is "cpu", which is the name of another backend. Choose another name.',
    });
    expect(tf.findBackendFactory('cpu')).toBe(factory);
  });
});

describe('providers', () => {
  test.each([['tpu'], ['webgl'], ['webgpu'], ['webnn'], ['cuda']])(
    'onnxruntime-web in Node has no %s, and says what it has',
    (provider) => {
      const message =
        `registerOnnxRuntimeBackend: option "executionProviders" names "${provider}", which this ONNX Runtime does not ` +
        'have. It has: wasm, cpu.';
      expect(registering(web, { name: 'none', executionProviders: [provider] })).toEqual({
        code: 'UNSUPPORTED',
        message,
      });
      expect(
        registering(web, { name: 'none', executionProviders: [{ name: provider, deviceId: 0 }] }),
      ).toEqual({
        code: 'UNSUPPORTED',
        message,
      });
    },
  );

  test('what a browser lacks is left out if another provider is named, what none has is not', async () => {
    registerOnnxRuntimeBackend(web, {
      name: 'left',
      executionProviders: ['webgpu', { name: 'webnn' }, 'cpu'],
    });
    await tf.setBackend('left');
    const sum = tf.add([1, 2], 3);
    expect([...(await sum.data())]).toEqual([4, 5]);
    sum.dispose();
    tf.removeBackend('left');
    expect(registering(web, { name: 'left', executionProviders: ['webgl', 'wasm'] })?.message).toContain(
      '"webgl"',
    );
  });

  test.each([
    ['onnxruntime-node', node, undefined, '["cpu"]'],
    ['onnxruntime-node', node, ['cpu'], '["cpu"]'],
    ['onnxruntime-web', web, ['webgpu', 'wasm'], '["wasm"]'], // there is no WebGPU in Node
  ])('float16 is for WebGPU alone: %s', (_, ort, executionProviders, used) => {
    const options = {
      name: 'none',
      precision: 'float16',
      ...(executionProviders && { executionProviders }),
    } as const;
    expect(registering(ort, options)).toEqual({
      code: 'UNSUPPORTED',
      message:
        'registerOnnxRuntimeBackend: option "precision" is "float16", which is for the execution provider "webgpu" alone, got ' +
        `${used}. On a CPU float16 is slower than float32, and it is not tested on other providers. Leave the option out, or pass ` +
        'executionProviders: ["webgpu"].',
    });
    expect(tf.findBackendFactory('none')).toBe(null);
  });

  test('an unknown precision', () => {
    expect(registering(node, { name: 'none', precision: 'half' as never })).toEqual({
      code: 'INVALID_OPTION',
      message:
        'registerOnnxRuntimeBackend: option "precision" must be one of "float32", "float16", got "half".',
    });
  });

  test('options of a provider reach ONNX Runtime', async () => {
    const asked: unknown[] = [];
    const create = (model: Uint8Array, options: node.InferenceSession.SessionOptions) => {
      asked.push(options.executionProviders);
      return node.InferenceSession.create(model, options);
    };
    const executionProviders = [{ name: 'cpu', useArena: false }];
    registerOnnxRuntimeBackend(
      { ...node, InferenceSession: { create } },
      { name: 'optional', executionProviders },
    );
    await tf.setBackend('optional');
    const sum = tf.add([1, 2], 3);
    expect([...(await sum.data())]).toEqual([4, 5]);
    expect(asked).toEqual([executionProviders]);
    sum.dispose();
    tf.removeBackend('optional');
  });

  test('CUDA without its libraries: what to do', () => {
    if (!node.listSupportedBackends().some(({ name, bundled }) => name === 'cuda' && !bundled)) return;
    expect(registering(node, { name: 'none', executionProviders: [{ name: 'cuda', deviceId: 0 }] })).toEqual({
      code: 'UNSUPPORTED',
      message:
        'registerOnnxRuntimeBackend: option "executionProviders" is ["cuda"], which does not start on this machine. ONNX ' +
        'Runtime says: OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library. The libraries of "cuda" ' +
        'are not part of the npm package, and its install script was skipped or found no CUDA: on Linux x64, ' +
        'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node downloads them; CUDA 12 and cuDNN 9 must be installed ' +
        'too. "webgpu" uses the same GPU without a download, and "cpu" works everywhere.',
    });
  });

  test.each([[[]], [['']], [[3]], [[{}]], [[{ deviceId: 0 }]], ['cpu'], [[null]]])(
    'not a list of them: %j',
    (value) => {
      expect(registering(node, { executionProviders: value as never })?.message).toMatch(
        /^registerOnnxRuntimeBackend: option "executionProviders" must be a list of names, such as \["cpu"\], got .*\.$/,
      );
    },
  );
});
