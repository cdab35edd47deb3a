/** The session of a program. After it was closed, the next run opens it again. */
import { type Graph } from '../lowering/graph.js';
import { type ThreadSession } from '../runtime/ort-thread.js';
import { type Results, type Session } from '../runtime/runtime.js';
import { explainSession } from './explain.js';

export type AnySession = Session<Results> | ThreadSession | Promise<Session<Promise<Results>>>;

export class ProgramSession {
  /** Whether a session has been opened; if it is a promise, whether that has resolved. */
  isReady = false;
  private session: AnySession | undefined;

  /**
   * @param graph for errors
   * @param later runs a job after all runs under way
   * @param failed called when a promise of a session is rejected
   */
  constructor(
    private readonly open: () => AnySession,
    private readonly graph: Graph,
    private readonly later: (job: () => Promise<void>) => void,
    private readonly failed: () => void,
  ) {}

  /** @throws CycleGANError if it cannot be opened */
  get(): AnySession {
    return (this.session ??= this.opened());
  }

  private opened(): AnySession {
    let session: AnySession;
    try {
      session = this.open();
    } catch (error) {
      throw explainSession(error, this.graph);
    }
    if (session instanceof Promise) return this.promised(session);
    this.isReady = true;
    return session;
  }

  private promised<T>(opening: Promise<T>): Promise<T> {
    const session = opening.catch((error: unknown) => {
      throw explainSession(error, this.graph);
    });
    session.then(() => (this.isReady = true), this.failed);
    return session;
  }

  close(): void {
    const closing = this.session;
    this.session = undefined;
    if (!(closing instanceof Promise)) closing?.dispose();
    else {
      this.later(() =>
        closing.then(
          (session) => session.dispose(),
          () => undefined, // there is nothing to dispose
        ),
      );
    }
  }
}
