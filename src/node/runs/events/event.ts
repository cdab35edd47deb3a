/** Messages of TensorBoard's event files, as protobuf: `tensorflow/core/util/event.proto` and `framework/summary.proto`. */
import { PbfWriter } from 'pbf';

/** A histogram: counts of values up to each limit, the limits in ascending order. */
export interface Histogram {
  min: number;
  max: number;
  count: number;
  sum: number;
  sumOfSquares: number;
  limits: readonly number[];
  counts: readonly number[];
}

/** A value of a summary. */
export type SummaryValue = { tag: string } & (
  | { scalar: number }
  | { png: { width: number; height: number; bytes: Uint8Array } }
  | { histogram: Histogram }
);

/** An event: the header of a file, the (re)start of a session, or values of a step. */
export type Event = { wallTime: number } & (
  { fileVersion: string } | { startAt: number } | { step: number; values: readonly SummaryValue[] }
);

export function encodeEvent(event: Event): Uint8Array {
  const writer = new PbfWriter();
  writer.writeDoubleField(1, event.wallTime);
  if ('fileVersion' in event) writer.writeStringField(3, event.fileVersion);
  else if ('startAt' in event) {
    // TensorBoard then drops events of other files from this step on
    writer.writeVarintField(2, event.startAt);
    writer.writeMessage(7, (_, session) => session.writeVarintField(1, 1), undefined);
  } else {
    writer.writeVarintField(2, event.step);
    writer.writeMessage(5, (values, summary) => {
      for (const value of values) summary.writeMessage(1, writeValue, value);
    }, event.values); // prettier-ignore
  }
  return writer.finish();
}

function writeValue(value: SummaryValue, writer: PbfWriter): void {
  writer.writeStringField(1, value.tag);
  if ('scalar' in value) writer.writeFloatField(2, value.scalar);
  else if ('png' in value) {
    writer.writeMessage(4, ({ width, height, bytes }, image) => {
      image.writeVarintField(1, height);
      image.writeVarintField(2, width);
      image.writeVarintField(3, 3); // RGB
      image.writeBytesField(4, bytes);
    }, value.png); // prettier-ignore
  } else {
    writer.writeMessage(5, (histogram, out) => {
      out.writeDoubleField(1, histogram.min);
      out.writeDoubleField(2, histogram.max);
      out.writeDoubleField(3, histogram.count);
      out.writeDoubleField(4, histogram.sum);
      out.writeDoubleField(5, histogram.sumOfSquares);
      out.writePackedDouble(6, [...histogram.limits]);
      out.writePackedDouble(7, [...histogram.counts]);
    }, value.histogram); // prettier-ignore
  }
}
