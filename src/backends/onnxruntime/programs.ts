/** Compiled graphs: those that are known, new ones, and what was made of them for filters that stay. */
import { util } from '@tensorflow/tfjs-core';
import { compile, type Compiled } from './compile.js';
import { explainSession } from './explain.js';
import { type FreezableProgram, Freezer } from './freeze.js';
import { type Gathered, signatureOf } from './graph/gather.js';
import { peakBytes } from './graph/peak-bytes.js';
import { type ResolvedOptions } from './options.js';
import { ProgramCache } from './program-cache.js';
import { writeFileInNode } from './runtime/node-binding.js';
import { inputSpecs, outputSpecs } from './residents.js';
import { type ThreadSession } from './runtime/ort-thread.js';
import {
  type Place,
  type Results,
  type Runtime,
  type RuntimeThreads,
  type Session,
} from './runtime/runtime.js';

export interface ExecutableProgram extends FreezableProgram {
  readonly compiled: Compiled;
  readonly session: Session<Results> | ThreadSession | Promise<Session<Promise<Results>>>;
}

const places: Readonly<Record<Place, string>> = {
  alone: signatureOf(Int32Array.of(-1)),
  first: signatureOf(Int32Array.of(-2)),
  second: signatureOf(Int32Array.of(-3)),
};

/** The signature of a program in another thread. Those of programs here begin with the number of a kind, which is not below 0. */
export const signatureAt = (place: Place, signature: string): string => places[place] + signature;

/**
 * An arena keeps what its session needed at the peak: about twice what a graph's own values take. Measured with 32 filters and 6 blocks
 * at 64 and 128 pixels: 180 → 143 and 329 → 291 ms a step for 40 and 70 MB; with 64 filters and 9 blocks at 256 pixels 3.6 → 3.3 s for
 * 0.3 GB.
 */
const MOST_KEPT = 1.25 * 2 ** 30;

export class Programs {
  readonly stats = { graphsCompiled: 0, graphsFrozen: 0, cacheHits: 0, compileMs: 0 };
  private readonly cache: ProgramCache<ExecutableProgram>;
  private readonly freezer: Freezer<ExecutableProgram>;
  /** Bytes that the graphs whose arenas are kept need at their peaks. */
  private kept = 0;

  /** @param later does something when all runs that are on their way have ended */
  constructor(
    private readonly runtime: Runtime,
    private readonly options: ResolvedOptions,
    private readonly later: (job: () => Promise<void>) => void,
  ) {
    this.cache = new ProgramCache({ count: options.maxSessions, bytes: options.maxSessionBytes });
    const compile = (gathered: Gathered, constants: readonly number[], bytes: number) => {
      const signature = signatureOf(Int32Array.of(-++this.stats.graphsFrozen)); // kinds of nodes, with which others begin, are not below 0
      return this.create(gathered, signature, constants, bytes);
    };
    this.freezer = new Freezer(this.cache, compile, options.winograd);
  }

  get size(): { count: number; bytes: number } {
    return this.cache.size;
  }

  /** The program of a graph that was seen before, if it is still there. */
  get(signature: string): ExecutableProgram | undefined {
    const known = this.cache.get(signature);
    if (known !== undefined) this.stats.cacheHits++;
    return known;
  }

  /** The program of what was gathered, compiled if it is new. */
  for(gathered: Gathered): ExecutableProgram {
    this.freezer.tidy();
    const known = this.get(gathered.signature);
    if (known !== undefined) {
      return this.options.freeze === 'never' ? known : this.freezer.choose(known, gathered);
    }
    const program = this.create(gathered, gathered.signature);
    this.cache.add(program);
    return program;
  }

  /** The program of what was gathered, in another thread. */
  at(place: Place, gathered: Gathered, threads: RuntimeThreads): ExecutableProgram {
    const signature = signatureAt(place, gathered.signature);
    const known = this.get(signature);
    if (known !== undefined) return known;
    const program = this.create(gathered, signature, [], 0, { place, threads });
    this.cache.add(program);
    return program;
  }

  dispose(): void {
    this.cache.dispose();
  }

  /** Whether ONNX Runtime's arena shall keep what a graph needs that has so many bytes at its peak. */
  private keepsMemory(peak: number): boolean {
    const { keepMemory } = this.options;
    return keepMemory === 'auto' ? this.kept + peak <= MOST_KEPT : keepMemory === 'always';
  }

  /**
   * @param constants indices of leaves that become part of the program, `bytes` of them
   * @param there where it shall run, if not here
   */
  private create(
    gathered: Gathered,
    signature: string,
    constants: readonly number[] = [],
    bytes = 0,
    there?: { place: Place; threads: RuntimeThreads },
  ): ExecutableProgram {
    const start = util.now();
    const { model, ...compiled } = compile(gathered, this.options, constants);
    const { saveGraphs } = this.options;
    if (saveGraphs !== undefined) {
      writeFileInNode(saveGraphs, `graph-${this.stats.graphsCompiled + 1}.onnx`, model);
    }
    const peak = peakBytes(compiled.graph);
    const keeps = this.keepsMemory(peak);
    let session: ExecutableProgram['session'];
    try {
      const memory = { enableCpuMemArena: keeps };
      session =
        there === undefined
          ? this.runtime.createSession(model, memory)
          : there.threads.createSession(
              model,
              memory,
              there.place,
              inputSpecs(compiled),
              outputSpecs(compiled),
            );
    } catch (error) {
      throw explainSession(error, compiled.graph);
    }
    if (session instanceof Promise) {
      session = session.catch((error: unknown) => {
        throw explainSession(error, compiled.graph);
      });
      session.then(
        () => (program.isReady = true),
        () => this.cache.remove(program), // whoever runs it hears of it; the next may have more memory
      );
    }
    const program = {
      signature,
      compiled,
      session,
      bytes: constants.length === 0 ? model.byteLength : bytes,
      isReady: !(session instanceof Promise),
      dispose: () => {
        if (keeps) this.kept -= peak;
        if (!(session instanceof Promise)) session.dispose();
        else
          this.later(() =>
            session.then(
              (made) => made.dispose(),
              () => undefined,
            ),
          );
      },
    };
    if (keeps) this.kept += peak;
    this.stats.graphsCompiled++;
    this.stats.compileMs += util.now() - start;
    return program;
  }
}
