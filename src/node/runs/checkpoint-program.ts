/**
 * The program of a thread that writes one checkpoint. `npm run generate:thread` makes it a string, so that bundlers and
 * packages need no file of their own for it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { codeOf } from '../files/error-code.js';
import { writeFileAtomically } from '../files/write-file.js';
import { hashOf, noHash, placeOfHash } from './checkpoint-hash.js';
import type { WriteRequest, WriteResult } from './checkpoint-messages.js';

const { file, parts } = workerData as WriteRequest;
const [head] = parts as [Uint8Array];
const place = placeOfHash(head, noHash);

async function write(): Promise<WriteResult> {
  head.set(Buffer.from(hashOf(parts)), place);
  try {
    await writeFileAtomically(file, parts);
    return { failure: undefined };
  } catch (error) {
    head.set(Buffer.from(noHash), place); // the parts go back as they came
    return { failure: { code: codeOf(error), message: (error as Error).message }, parts };
  }
}

void write().then((result) => {
  const back = result.failure === undefined ? [] : parts.map(({ buffer }) => buffer as ArrayBuffer);
  parentPort!.postMessage(result, [...new Set(back)]);
});
