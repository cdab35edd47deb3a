/**
 * TensorBoard's event files: TFRecords of events. A record is its length, the length's checksum, the event, and the event's
 * checksum.
 */
import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openToAppend } from '../append-file.js';
import { maskedCrc32c } from './crc32c.js';
import { encodeEvent, type Event, type SummaryValue } from './event.js';

/** An event file that is written to. */
export interface EventFile {
  write(step: number, values: readonly SummaryValue[]): void;
  close(): void;
}

/**
 * Opens a new event file in `folder`. Events of earlier files after `step` count as if they were not there.
 *
 * @param step completed steps
 */
export function openEvents(folder: string, step: number): EventFile {
  const file = openToAppend(newName(folder), 'ax');
  const write = (event: Event) => file.append(record(encodeEvent(event)));
  const wallTime = () => Date.now() / 1000;
  write({ wallTime: wallTime(), fileVersion: 'brain.Event:2' });
  if (step > 0) write({ wallTime: wallTime(), startAt: step + 1 });
  return {
    write: (at, values) => write({ wallTime: wallTime(), step: at, values }),
    close: () => file.close(),
  };
}

/** TensorBoard reads files in the order of their names, so a new name must come last: the time is the first part. */
function newName(folder: string): string {
  const times = readdirSync(folder).map((name) =>
    Number(/^events\.out\.tfevents\.(\d{10})\./.exec(name)?.[1] ?? 0),
  );
  const time = Math.max(Math.floor(Date.now() / 1000), ...times.map((last) => last + 1));
  return join(
    folder,
    `events.out.tfevents.${String(time).padStart(10, '0')}.${hostname()}.${process.pid}.v2`,
  );
}

function record(event: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + 4 + event.length + 4);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(event.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(event, 12);
  view.setUint32(12 + event.length, maskedCrc32c(event), true);
  return bytes;
}
