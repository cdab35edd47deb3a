/** pbf's reader takes what comes, also past the end. This one refuses what is cut short or no protobuf. */
import { PbfReader } from 'pbf';

const LENGTH_DELIMITED = 2; // the wire type of texts, bytes and packed numbers

export class StrictReader extends PbfReader {
  /** Refuses a message that does not end where its length says: what it holds reaches farther. */
  override nextField(end = this.length): number {
    const field = super.nextField(end);
    if (field === 0 && this.pos !== end) throw new RangeError(`a message ends at ${this.pos}, not at ${end}`);
    return field;
  }

  override readBytes(): Uint8Array {
    if (this.type !== LENGTH_DELIMITED) throw new TypeError(`bytes are of wire type ${this.type}`);
    return super.readBytes();
  }
}
