/** Which execution providers a module of ONNX Runtime has, and whether they start on this machine. */
import { CycleGANError } from '../../../core/errors.js';
import { encodeModel } from '../../../onnx/index.js';
import { type OnnxRuntime } from './module.js';
import { type SyncRuntime } from './runtime.js';

/** onnxruntime-web does not tell; its documentation does. */
const web = ['wasm', 'webgpu', 'webgl', 'webnn'];

/**
 * The providers to use: those that were asked for, if the module has them.
 *
 * @throws CycleGANError `UNSUPPORTED`, naming those that it has
 */
export function availableProviders(
  where: string,
  ort: OnnxRuntime,
  wanted: readonly string[] | undefined,
): readonly string[] {
  const listed = ort.listSupportedBackends?.() ?? web.map((name) => ({ name, bundled: true }));
  const available = listed.map(({ name }) => name);
  for (const name of wanted ?? []) {
    if (available.includes(name)) continue;
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: option "executionProviders" names "${name}", which this ONNX Runtime does not have. ` +
        `It has: ${described(listed)}.`,
    );
  }
  return wanted ?? [available.includes('cpu') ? 'cpu' : 'wasm'];
}

/** 'cpu, webgpu, and cuda, tensorrt where their libraries are installed' */
function described(listed: readonly { name: string; bundled: boolean }[]): string {
  const names = (bundled: boolean): string =>
    listed
      .filter((provider) => provider.bundled === bundled)
      .map(({ name }) => name)
      .join(', ');
  const extra = names(false);
  return names(true) + (extra === '' ? '' : `, and ${extra} where their libraries are installed`);
}

/**
 * Makes a session of next to nothing, where that takes no waiting: some providers need drivers or libraries that a
 * machine may lack.
 *
 * @throws CycleGANError `UNSUPPORTED`
 */
export function tryProviders(where: string, runtime: SyncRuntime, wanted: readonly string[]): void {
  const value = { type: 'float32', shape: [1] } as const;
  const model = encodeModel({
    irVersion: 10,
    opsets: { '': 21 },
    producer: 'ts-cyclegan',
    graph: {
      name: 'trial',
      nodes: [{ op: 'Neg', name: 'neg', inputs: ['x'], outputs: ['y'], attributes: {} }],
      inputs: [{ name: 'x', ...value }],
      outputs: [{ name: 'y', ...value }],
      initializers: [],
    },
  });
  try {
    runtime.createSession(model, { enableCpuMemArena: false }).dispose();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: option "executionProviders" is ${JSON.stringify(wanted)}, which does not start on this machine. ` +
        `ONNX Runtime says: ${why}. "cpu" works everywhere.`,
      { cause },
    );
  }
}
