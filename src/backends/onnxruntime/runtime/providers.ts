/** Which execution providers a module of ONNX Runtime has on this machine. */
import { CycleGANError } from '../../../core/errors.js';
import { type ExecutionProvider, providerName } from './options.js';
import { isWeb, type OnnxRuntime } from './module.js';

interface Provider {
  readonly name: string;
  /** Whether nothing else is needed. */
  readonly bundled: boolean;
}

/**
 * onnxruntime-web does not list its providers. Those for GPUs need what a browser may lack, and "webgl" has too few operators
 * for any of our graphs.
 */
function listedInWeb(): Provider[] {
  const { gpu, ml } = (globalThis as { navigator?: { gpu?: object; ml?: object } }).navigator ?? {};
  return [
    { name: 'wasm', bundled: true },
    { name: 'cpu', bundled: true }, // another name of wasm
    ...(gpu ? [{ name: 'webgpu', bundled: false }] : []),
    ...(ml ? [{ name: 'webnn', bundled: false }] : []),
  ];
}

/** Providers that one browser has and another lacks. */
const ofBrowsers = ['webgpu', 'webnn'];

/**
 * The providers to use: those that were asked for. One that this browser lacks is left out if there is another.
 *
 * @throws CycleGANError `UNSUPPORTED`, naming those that there are
 */
export function availableProviders(
  where: string,
  ort: OnnxRuntime,
  wanted: readonly ExecutionProvider[] | undefined,
): readonly ExecutionProvider[] {
  if (wanted === undefined) return [isWeb(ort) ? 'wasm' : 'cpu'];
  const listed = ort.listSupportedBackends?.() ?? listedInWeb();
  const has = (provider: ExecutionProvider) => listed.some(({ name }) => name === providerName(provider));
  const usable = wanted.filter(has);
  const canLeaveOut = (name: string) => isWeb(ort) && usable.length > 0 && ofBrowsers.includes(name);
  const missing = wanted
    .filter((provider) => !has(provider))
    .map(providerName)
    .find((name) => !canLeaveOut(name));
  if (missing === undefined) return usable;
  throw new CycleGANError(
    'UNSUPPORTED',
    `${where}: option "executionProviders" names "${missing}", which this ONNX Runtime does not have. ` +
      `It has: ${described(listed, isWeb(ort))}.`,
  );
}

/** 'cpu, webgpu, and cuda, tensorrt where their libraries are installed' */
function described(listed: readonly Provider[], web: boolean): string {
  const names = (bundled: boolean): string =>
    listed
      .filter((provider) => provider.bundled === bundled)
      .map(({ name }) => name)
      .join(', ');
  const extra = names(false);
  const condition = web ? "with the entry 'onnxruntime-web/webgpu'" : 'where their libraries are installed';
  return names(true) + (extra === '' ? '' : `, and ${extra} ${condition}`);
}
