/** The threads of onnxruntime-web: one count for all sessions, fixed by the first. */
import { CycleGANError } from '../../../core/errors.js';
import { isWeb, type OnnxRuntime } from './module.js';

/** @throws CycleGANError `INVALID_OPTION` if another count is set, or in use */
export function setWebThreads(where: string, ort: OnnxRuntime, threads: number | undefined): void {
  const flags = ort.env.wasm;
  if (threads === undefined || flags === undefined || !isWeb(ort)) return;
  const { numThreads } = flags;
  // With the first session, ONNX Runtime writes the count that it chooses into this setting.
  if (numThreads !== undefined && numThreads > 0 && numThreads !== threads) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: option "threads" is ${threads}, but ort.env.wasm.numThreads is ${numThreads} already: it was set before, or ` +
        'by the first session. onnxruntime-web has one number of threads for all sessions. Register the backend before the ' +
        'first session, and leave ort.env.wasm.numThreads alone.',
    );
  }
  flags.numThreads = threads;
}
