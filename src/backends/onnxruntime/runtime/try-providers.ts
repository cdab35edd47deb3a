/** Tries execution providers on a graph with known results, before anything depends on them. */
import { CycleGANError } from '../../../core/errors.js';
import { type ExecutionProvider, providerName } from './options.js';
import { type LoweringSettings } from '../lowering/writer.js';
import { asyncDeviceOf, deviceOf, moves, movesLater, staysOnDevice } from './device.js';
import { asyncUntilLost, untilLost } from './lost-device.js';
import { isWeb, type OnnxRuntime } from './module.js';
import { type Device, type Results, type Runtime, type Session, type SyncRuntime } from './runtime.js';
import { trialOf } from './trial.js';

/** Providers that ONNX Runtime's own tests hold to: nothing is to be found out about them. */
const trusted = ['cpu', 'wasm'];

const memory = { enableCpuMemArena: false };

/**
 * The runtime, with its providers tried: at once if it is synchronous, else before its first session. On WebGPU its results then
 * stay on the device, if this version of ONNX Runtime can do that.
 *
 * @throws CycleGANError `UNSUPPORTED` if they do not start or compute wrongly; an asynchronous runtime rejects with it
 */
export function tried(
  where: string,
  ort: OnnxRuntime,
  untried: Runtime,
  providers: readonly ExecutionProvider[],
  settings: LoweringSettings,
): Runtime {
  const names = providers.map(providerName);
  const isHalf = settings.precision === 'float16';
  if (isHalf && names[0] !== 'webgpu') throw onlyOnWebGPU(where, names);
  if (names.every((name) => trusted.includes(name))) return untried;
  const { model, feeds, fetches, fault } = trialOf(settings);
  const refuse = (why: string, cause?: unknown) =>
    new CycleGANError(
      'UNSUPPORTED',
      `${where}: option "executionProviders" is ${JSON.stringify(names)}, which ${why}. ${advice(ort, names, why)}`,
      { cause },
    );
  const noStart = (cause: unknown) => {
    if (cause instanceof CycleGANError) return cause;
    const message = messageOf(cause);
    if (isHalf && /requires f16/.test(message)) return noFloat16(where, cause);
    return refuse(`does not start on this machine. ONNX Runtime says: ${message}`, cause);
  };
  const judge = (results: Results): void => {
    const wrong = fault(results);
    if (wrong !== undefined) throw refuse(`computes wrongly on this machine (${wrong})`);
  };

  if (untried.sync) {
    const runtime = settings.onWebGPU ? untilLost(untried) : untried;
    let session: Session<Results> | undefined;
    try {
      session = runtime.createSession(model, memory);
      judge(session.run(feeds, fetches));
      const device = settings.onWebGPU ? deviceOf(runtime) : undefined;
      return device !== undefined && moves(device) ? withDevice(runtime, device) : runtime;
    } catch (cause) {
      throw noStart(cause);
    } finally {
      session?.dispose();
    }
  }

  const runtime = settings.onWebGPU ? asyncUntilLost(untried, ort) : untried;
  let device: Device | undefined;
  let passed: Promise<void> | undefined;
  const pass = async (): Promise<void> => {
    let session: Session<Promise<Results>> | undefined;
    try {
      session = await runtime.createSession(model, memory);
      judge(await session.run(feeds, fetches));
      const possible = settings.onWebGPU ? asyncDeviceOf(runtime) : undefined;
      if (possible !== undefined && (await movesLater(possible))) device = possible;
    } catch (cause) {
      throw noStart(cause);
    } finally {
      session?.dispose();
    }
  };
  return {
    ...runtime,
    get device() {
      return device;
    },
    async createSession(model, memory) {
      await (passed ??= pass());
      return await runtime.createSession(
        model,
        device === undefined ? memory : { ...memory, ...staysOnDevice },
      );
    },
  };
}

const withDevice = (runtime: SyncRuntime, device: Device): SyncRuntime => ({
  ...runtime,
  device,
  createSession: (model, memory) => runtime.createSession(model, { ...memory, ...staysOnDevice }),
});

const messageOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).trim().replace(/\.$/, '');

const onlyOnWebGPU = (where: string, names: readonly string[]): CycleGANError =>
  new CycleGANError(
    'UNSUPPORTED',
    `${where}: option "precision" is "float16", which is for the execution provider "webgpu" alone, got ${JSON.stringify(names)}. ` +
      'On a CPU float16 is slower than float32, and it is not tested on other providers. Leave the option out, or pass ' +
      'executionProviders: ["webgpu"].',
  );

const noFloat16 = (where: string, cause: unknown): CycleGANError =>
  new CycleGANError(
    'UNSUPPORTED',
    `${where}: option "precision" is "float16", which this GPU or its driver does not have (WebGPU's feature "shader-f16"). ` +
      'Leave the option out.',
    { cause },
  );

function advice(ort: OnnxRuntime, names: readonly string[], why: string): string {
  if (isWeb(ort)) {
    const entry = `WebGPU needs another entry of the package: import * as ort from 'onnxruntime-web/webgpu'. `;
    return `${names.includes('webgpu') ? entry : ''}"wasm" works everywhere.`;
  }
  const library =
    /load (shared )?library/i.test(why) && names.find((name) => ['cuda', 'tensorrt'].includes(name));
  if (!library) return '"cpu" works everywhere.';
  return (
    `The libraries of "${library}" are not part of the npm package, and its install script was skipped or found no CUDA: ` +
    'on Linux x64, ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node downloads them; CUDA 12 and cuDNN 9 must be ' +
    'installed too. "webgpu" uses the same GPU without a download, and "cpu" works everywhere.'
  );
}
