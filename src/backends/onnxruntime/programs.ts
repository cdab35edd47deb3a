/** Compiled graphs: those that are known, new ones, and what was made of them for filters that stay. */
import { util } from '@tensorflow/tfjs-core';
import { compile, type Compiled } from './compile.js';
import { explainSession } from './explain.js';
import { type FreezableProgram, Freezer } from './freeze.js';
import { type Gathered } from './graph/gather.js';
import { type Graph } from './graph/graph.js';
import { type ResolvedOptions } from './options.js';
import { ProgramCache } from './program-cache.js';
import { writeFileInNode } from './runtime/node-binding.js';
import { type Results, type Runtime, type Session } from './runtime/runtime.js';

/** Bytes of everything that a graph's kernels give. */
const bytesComputed = ({ values }: Graph): number =>
  values.reduce((sum, { source, spec }) => sum + (source.from === 'node' ? 4 * spec.size : 0), 0);

export interface ExecutableProgram extends FreezableProgram {
  readonly compiled: Compiled;
  readonly session: Session<Results> | Promise<Session<Promise<Results>>>;
}

/**
 * An arena keeps what its session needed at the peak, rounded up; all that a graph computes is a bound of that. Measured at
 * 64 and 128 pixels, 32 filters and 6 blocks: 180 → 143 and 329 → 291 ms a step for 40 and 70 MB. At 256 pixels, 64 filters and 9
 * blocks it would be 4.0 → 3.7 s for 3.5 GB.
 */
const MOST_KEPT = 1.5 * 2 ** 30;

export class Programs {
  readonly stats = { graphsCompiled: 0, graphsFrozen: 0, cacheHits: 0, compileMs: 0 };
  private readonly cache: ProgramCache<ExecutableProgram>;
  private readonly freezer: Freezer<ExecutableProgram>;
  /** Bytes that all graphs together compute in a run of each. */
  private computed = 0;

  /** @param later does something when all runs that are on their way have ended */
  constructor(
    private readonly runtime: Runtime,
    private readonly options: ResolvedOptions,
    private readonly later: (job: () => Promise<void>) => void,
  ) {
    this.cache = new ProgramCache({ count: options.maxSessions, bytes: options.maxSessionBytes });
    this.freezer = new Freezer(this.cache, (gathered, constants, bytes) => {
      const signature = Int32Array.of(-++this.stats.graphsFrozen); // kinds of nodes, with which others begin, are not below 0
      return this.create(gathered, signature, constants, bytes);
    });
  }

  get size(): { count: number; bytes: number } {
    return this.cache.size;
  }

  /** The program of a graph that was seen before, if it is still there. */
  get(signature: Int32Array): ExecutableProgram | undefined {
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

  dispose(): void {
    this.cache.dispose();
  }

  /** Whether ONNX Runtime's arena shall keep what a graph needs that computes so many bytes. */
  private keepsMemory(computed: number): boolean {
    const { keepMemory } = this.options;
    return keepMemory === 'auto' ? this.computed + computed <= MOST_KEPT : keepMemory === 'always';
  }

  /** @param constants indices of leaves that become part of the program, `bytes` of them */
  private create(
    gathered: Gathered,
    signature: Int32Array,
    constants: readonly number[] = [],
    bytes = 0,
  ): ExecutableProgram {
    const start = util.now();
    const { model, ...compiled } = compile(gathered, this.options, constants);
    const { saveGraphs } = this.options;
    if (saveGraphs !== undefined) {
      writeFileInNode(saveGraphs, `graph-${this.stats.graphsCompiled + 1}.onnx`, model);
    }
    const computed = bytesComputed(compiled.graph);
    let session: ExecutableProgram['session'];
    try {
      session = this.runtime.createSession(model, { enableCpuMemArena: this.keepsMemory(computed) });
    } catch (error) {
      throw explainSession(error, compiled.graph);
    }
    if (session instanceof Promise) {
      session = session.catch((error: unknown) => {
        throw explainSession(error, compiled.graph);
      });
      session.then(
        () => (program.isReady = true),
        () => undefined,
      ); // whoever runs it hears of it
    }
    const program = {
      signature,
      compiled,
      session,
      bytes: constants.length === 0 ? model.byteLength : bytes,
      isReady: !(session instanceof Promise),
      dispose: () => {
        this.computed -= computed;
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
    this.computed += computed;
    this.stats.graphsCompiled++;
    this.stats.compileMs += util.now() - start;
    return program;
  }
}
