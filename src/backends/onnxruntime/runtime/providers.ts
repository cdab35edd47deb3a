/** Which execution providers a module of ONNX Runtime has. */
import { CycleGANError } from '../../../core/errors.js';
import { type OnnxRuntime } from './module.js';

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
  const available = ort.listSupportedBackends?.().map(({ name }) => name) ?? web;
  for (const name of wanted ?? []) {
    if (available.includes(name)) continue;
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: option "executionProviders" names "${name}", which this ONNX Runtime does not have. ` +
        `It has: ${available.join(', ')}.`,
    );
  }
  return wanted ?? [available.includes('cpu') ? 'cpu' : 'wasm'];
}
