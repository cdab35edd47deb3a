/**
 * Compiled graphs by signature, up to a count and a size in bytes: the least recently used one is removed first, and its session
 * is released.
 */

/** A compiled graph. */
export interface Program {
  readonly signature: string;
  /** Size of its ONNX model, including what the session makes of its constants. */
  readonly bytes: number;
  dispose(): void;
}

interface Entry<P> {
  readonly program: P;
  /** In uses of the whole cache. */
  lastUse: number;
}

export class ProgramCache<P extends Program> {
  /**
   * A use does not move an entry: a map whose entries are removed and added again and again gets a new table every few times, and
   * each old table keeps the next one and all its keys until V8 collects its whole heap.
   */
  private readonly entries = new Map<string, Entry<P>>();
  private bytes = 0;
  private uses = 0;

  constructor(private readonly limits: { count: number; bytes: number }) {}

  get(signature: string): P | undefined {
    const entry = this.entries.get(signature);
    if (entry !== undefined) entry.lastUse = ++this.uses;
    return entry?.program;
  }

  /** Adds `program`, and removes others until the limits hold. The newest stays in any case. */
  add(program: P): void {
    this.entries.set(program.signature, { program, lastUse: ++this.uses });
    this.bytes += program.bytes;
    while (this.entries.size > this.limits.count || this.bytes > this.limits.bytes) {
      const [oldest] = [...this.entries.values()].sort((a, b) => a.lastUse - b.lastUse);
      if (oldest!.program === program) break;
      this.remove(oldest!.program);
    }
  }

  has(program: P): boolean {
    return this.entries.get(program.signature)?.program === program;
  }

  /** Whether one more program of this size leaves the others in place. */
  fits(bytes: number): boolean {
    return this.entries.size < this.limits.count && this.bytes + bytes <= this.limits.bytes;
  }

  /** Removes `program` and releases its session. */
  remove(program: P): void {
    if (!this.has(program)) return;
    this.entries.delete(program.signature);
    this.bytes -= program.bytes;
    program.dispose();
  }

  get size(): { count: number; bytes: number } {
    return { count: this.entries.size, bytes: this.bytes };
  }

  dispose(): void {
    for (const { program } of this.entries.values()) program.dispose();
    this.entries.clear();
    this.bytes = 0;
  }
}
