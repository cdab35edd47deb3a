/** The state of a trainer as a short text, the same only for the same bits. */
import { createHash } from 'node:crypto';
import type { Training } from 'ts-cyclegan';

export async function digestOf(trainer: Pick<Training, 'state'>): Promise<string> {
  const hash = createHash('sha256');
  const text = JSON.stringify(await trainer.state(), (_key, value: unknown) => {
    if (!ArrayBuffer.isView(value)) return Object.is(value, -0) ? '-0' : value;
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    return 'data';
  });
  return hash.update(text).digest('hex');
}
