/** The form of what `doctor` finds out. */
import type { Engine } from '../engine.js';
import type { Machine } from './machine.js';
import type { Measured } from './measure.js';
import type { Versions } from './versions.js';

/** The engine in use, as `doctor` describes it. */
export interface EngineReport extends Engine {
  synchronous: boolean;
  /** How many threads it uses, in words. */
  threads: string;
  /** ONNX Runtime's execution providers on this machine. */
  providers: string[];
}

/** The output of `doctor --json`. Times in seconds, memory in bytes. */
export interface Report {
  versions: Versions;
  engine: EngineReport | null;
  /** Why no engine runs. */
  engineError?: string;
  machine: Machine;
  measured: Measured | null;
  advice: string[];
}
