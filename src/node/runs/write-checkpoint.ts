/**
 * Hashes a checkpoint and writes it to disk in a thread. A training step holds the main thread, so a write there would progress
 * between steps only, and training would wait for its end.
 */
import { Worker } from 'node:worker_threads';
import type { EncodedCheckpoint } from './checkpoint.js';
import type { WriteRequest, WriteResult } from './checkpoint-messages.js';
import { checkpointProgram } from './checkpoint-program.generated.js';

/**
 * Writes a checkpoint. The write is atomic. Its memory moves to the thread, and is free when the thread ends; after an error
 * `checkpoint` has it again.
 *
 * @throws errors of the system, such as `ENOSPC`
 */
export async function writeCheckpoint(file: string, checkpoint: EncodedCheckpoint): Promise<void> {
  const request: WriteRequest = { file, parts: checkpoint.parts };
  const thread = new Worker(checkpointProgram, {
    eval: true,
    execArgv: [],
    workerData: request,
    transferList: checkpoint.owned,
  });
  const result = await new Promise<WriteResult>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
  await thread.terminate();
  if (result.failure === undefined) return;
  checkpoint.parts = result.parts;
  checkpoint.owned = [...new Set(result.parts.map(({ buffer }) => buffer as ArrayBuffer))];
  const { code, message } = result.failure;
  throw Object.assign(new Error(message), { code });
}
