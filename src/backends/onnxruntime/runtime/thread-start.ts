/**
 * Waits until another thread has begun. A debugger that attaches to threads holds each new one until the program's thread passes
 * a message on. That thread waits here, so the other one would never begin.
 */

/** Node's `process`, as far as it is used. */
export interface Clock {
  /** CPU time of all threads of the process, in microseconds. */
  cpuUsage(): { user: number; system: number };
}

/** Thrown for a thread that a debugger holds. */
export class ThreadIsHeld extends Error {
  constructor() {
    super(
      'onnxruntime backend: a debugger holds a new thread (VS Code attaches to threads by itself), and it cannot begin. Training ' +
        "runs in the program's own thread instead, which is slower. Run the program without a debugger to use all threads.",
    );
  }
}

/** All times in milliseconds. A held thread is known after three slices: in the first one it still loads Node. */
const SLICE = 600;
const IDLE_SLICES = 2;
/** CPU time below which nothing happens in a slice: a waiting process takes 0.5, a thread that begins 20 and more. */
const IDLE = 2;
/** With a debugger nobody waits longer. */
const LONGEST_WITH_DEBUGGER = 1800;
const LONGEST = 20_000;

/**
 * Waits until `turn` is no longer `value`.
 *
 * @throws ThreadIsHeld if nothing in the process computes any more, or if it takes long and a debugger can attach
 * @throws Error if it takes too long: the machine may just be slow
 */
export function waitForStart(turn: Int32Array, value: number, clock: Clock, isDebugged: boolean): void {
  const used = (): number => {
    const { user, system } = clock.cpuUsage();
    return (user + system) / 1000;
  };
  let before = used();
  let idle = 0;
  for (let waited = SLICE; waited <= LONGEST; waited += SLICE) {
    if (Atomics.wait(turn, 0, value, SLICE) !== 'timed-out') return;
    const now = used();
    idle = now - before < IDLE ? idle + 1 : 0;
    before = now;
    if (idle >= IDLE_SLICES || (isDebugged && waited >= LONGEST_WITH_DEBUGGER)) throw new ThreadIsHeld();
  }
  throw new Error('it does not begin');
}
