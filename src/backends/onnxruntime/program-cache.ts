/**
 * Compiled graphs by signature, bounded in number and bytes: the one unused for longest goes first, and its
 * session is released.
 */

/** A compiled graph. */
export interface Program {
  readonly signature: Int32Array;
  /** Size of its ONNX model, with what the session makes of its constants. */
  readonly bytes: number;
  dispose(): void;
}

export class ProgramCache<P extends Program> {
  /** In order of last use. */
  private readonly programs = new Map<string, P>();
  private bytes = 0;

  constructor(private readonly limits: { count: number; bytes: number }) {}

  get(signature: Int32Array): P | undefined {
    const key = keyOf(signature);
    const program = this.programs.get(key);
    if (program === undefined) return undefined;
    this.programs.delete(key);
    this.programs.set(key, program);
    return program;
  }

  /** Keeps `program`, and lets go of others until the limits hold; the newest stays in any case. */
  add(program: P): void {
    this.programs.set(keyOf(program.signature), program);
    this.bytes += program.bytes;
    for (const [key, oldest] of this.programs) {
      const fits = this.programs.size <= this.limits.count && this.bytes <= this.limits.bytes;
      if (fits || oldest === program) break;
      this.programs.delete(key);
      this.bytes -= oldest.bytes;
      oldest.dispose();
    }
  }

  has(program: P): boolean {
    return this.programs.get(keyOf(program.signature)) === program;
  }

  /** Whether one more program of so many bytes leaves the others in place. */
  fits(bytes: number): boolean {
    return this.programs.size < this.limits.count && this.bytes + bytes <= this.limits.bytes;
  }

  /** Lets go of `program`. */
  remove(program: P): void {
    if (!this.has(program)) return;
    this.programs.delete(keyOf(program.signature));
    this.bytes -= program.bytes;
    program.dispose();
  }

  get size(): { count: number; bytes: number } {
    return { count: this.programs.size, bytes: this.bytes };
  }

  dispose(): void {
    for (const program of this.programs.values()) program.dispose();
    this.programs.clear();
    this.bytes = 0;
  }
}

/** The signature's bytes as a text, two a character: built by the engine, compared as fast as text is. */
function keyOf(signature: Int32Array): string {
  const units = new Uint16Array(signature.buffer, signature.byteOffset, signature.length * 2);
  let key = '';
  for (let i = 0; i < units.length; i += 8192) {
    key += String.fromCharCode(...units.subarray(i, i + 8192));
  }
  return key;
}
