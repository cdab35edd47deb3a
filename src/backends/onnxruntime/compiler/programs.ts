/** Compiled graphs: cached ones, new ones, and those with frozen weights. */
import { util } from '@tensorflow/tfjs-core';
import { compile, type Compiled, inputSpecs, outputSpecs } from './compile.js';
import { type FreezableProgram, Freezer } from './freeze.js';
import { type Gathered, signatureOf } from '../recording/gather.js';
import { peakBytes } from './peak-bytes.js';
import { type ResolvedOptions } from '../runtime/options.js';
import { KeptMemory, type RunMemory } from './kept-memory.js';
import { ProgramCache } from './program-cache.js';
import { type AnySession, ProgramSession } from './program-session.js';
import { writeFileInNode } from '../runtime/node-binding.js';
import { type Place, type Runtime, type RuntimeThreads } from '../runtime/runtime.js';

export interface ExecutableProgram extends FreezableProgram {
  readonly compiled: Compiled;
  readonly memory: RunMemory;
  readonly session: ProgramSession;
}

/** The signature of a program in a thread. Other signatures begin with the id of a kind, which is not below 0. */
export const signatureAt = ({ index, count }: Place, signature: string): string =>
  signatureOf(Int32Array.of(-1 - index, count)) + signature;

export class Programs {
  readonly stats = { graphsCompiled: 0, graphsFrozen: 0, cacheHits: 0, compileMs: 0, nodesOnCpu: 0 };
  private readonly cache: ProgramCache<ExecutableProgram>;
  private readonly freezer: Freezer<ExecutableProgram>;
  private readonly kept: KeptMemory;

  /** @param later runs a job after all runs under way */
  constructor(
    private readonly runtime: Runtime,
    private readonly options: ResolvedOptions,
    private readonly later: (job: () => Promise<void>) => void,
  ) {
    this.cache = new ProgramCache({ count: options.maxSessions, bytes: options.maxSessionBytes });
    // A GPU's memory is kept by its provider. Creating a session again would only compile its shaders again.
    const { keepMemory, onWebGPU } = options;
    this.kept = new KeptMemory(onWebGPU && keepMemory === 'auto' ? 'always' : keepMemory);
    const compile = (
      gathered: Gathered,
      constants: readonly number[],
      bytes: number,
      { memory }: ExecutableProgram,
    ) => {
      const signature = signatureOf(Int32Array.of(-++this.stats.graphsFrozen)); // as no other is (see signatureAt)
      return this.create(gathered, signature, { indices: constants, bytes, replaced: memory });
    };
    this.freezer = new Freezer(this.cache, compile, options);
  }

  get size(): { count: number; bytes: number } {
    return this.cache.size;
  }

  /** Bytes of values at the peaks of graphs whose sessions keep memory. */
  get bytesKept(): number {
    return this.kept.bytes;
  }

  /** The program of this signature, to run next; undefined if there is none any more. */
  get(signature: string): ExecutableProgram | undefined {
    const known = this.find(signature);
    if (known !== undefined) this.kept.willRun(known.memory);
    return known;
  }

  /** The program of what was gathered, compiled if it is new, to run next. */
  for(gathered: Gathered): ExecutableProgram {
    this.freezer.collect();
    const known = this.find(gathered.signature);
    const program =
      known === undefined
        ? this.add(this.create(gathered, gathered.signature))
        : this.options.freeze === 'never'
          ? known
          : this.freezer.choose(known, gathered);
    this.kept.willRun(program.memory);
    return program;
  }

  /** The program of what was gathered, in a thread, to run next. */
  at(place: Place, gathered: Gathered, threads: RuntimeThreads): ExecutableProgram {
    const signature = signatureAt(place, gathered.signature);
    const program =
      this.find(signature) ?? this.add(this.create(gathered, signature, undefined, { place, threads }));
    this.kept.willRun(program.memory);
    return program;
  }

  dispose(): void {
    this.cache.dispose();
  }

  private find(signature: string): ExecutableProgram | undefined {
    const known = this.cache.get(signature);
    if (known !== undefined) this.stats.cacheHits++;
    return known;
  }

  private add(program: ExecutableProgram): ExecutableProgram {
    this.cache.add(program);
    return program;
  }

  /**
   * @param constants indices of leaves that become part of the program, their bytes, and the memory of the program without them
   * @param thread where it runs, if not in the program's thread
   */
  private create(
    gathered: Gathered,
    signature: string,
    constants?: { indices: readonly number[]; bytes: number; replaced: RunMemory },
    thread?: { place: Place; threads: RuntimeThreads },
  ): ExecutableProgram {
    const start = util.now();
    const { model: written, ...compiled } = compile(gathered, this.options, constants?.indices);
    let model = written;
    const { saveGraphs } = this.options;
    if (saveGraphs !== undefined) {
      writeFileInNode(saveGraphs, `graph-${this.stats.graphsCompiled + 1}.onnx`, model);
    }
    const open = (): AnySession => {
      const options = { enableCpuMemArena: memory.keeps };
      if (thread === undefined) return this.runtime.createSession(model, options);
      const { threads, place } = thread;
      return threads.createSession(model, options, place, inputSpecs(compiled), outputSpecs(compiled));
    };
    // Whoever runs a program whose session failed gets the error. The next one may find more memory.
    const session = new ProgramSession(open, compiled.graph, this.later, () => this.cache.remove(program));
    const memory = this.kept.create(
      peakBytes(compiled.graph),
      thread === undefined ? 'recorded' : 'replayed',
      () => (constants === undefined ? session.close() : this.cache.remove(program)),
      constants?.replaced,
    );
    const program: ExecutableProgram = {
      signature,
      compiled,
      memory,
      session,
      bytes: constants?.bytes ?? model.byteLength,
      get isReady() {
        return session.isReady;
      },
      dispose: () => {
        this.kept.remove(memory);
        session.close();
      },
    };
    try {
      void session.get();
    } catch (error) {
      this.kept.remove(memory);
      throw error;
    }
    if (constants !== undefined) model = new Uint8Array(); // large, and never needed again
    this.stats.graphsCompiled++;
    this.stats.nodesOnCpu += compiled.cpuNodes;
    this.stats.compileMs += util.now() - start;
    return program;
  }
}
