/** The threads of onnxruntime-web: one number for all sessions, fixed by the first. */
import { CycleGANError } from '../../../core/errors.js';
import { isWeb, type OnnxRuntime } from './module.js';

/** @throws CycleGANError `INVALID_OPTION` if another number is set, or used already */
export function setWebThreads(where: string, ort: OnnxRuntime, threads: number | undefined): void {
  const flags = ort.env.wasm;
  if (threads === undefined || flags === undefined || !isWeb(ort)) return;
  const { numThreads } = flags;
  // ONNX Runtime writes the number that it takes itself there, with the first session.
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
