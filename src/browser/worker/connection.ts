/** Calls of a Worker's functions. A Worker that fails or ends rejects the calls that wait for it. */
import { releaseProxy, type Remote, wrap } from 'comlink';
import { CycleGANError } from '../../core/errors.js';
import type { WorkerFunctions } from './protocol.js';
import { received } from './sent-error.js';

export class Connection {
  readonly #functions: Remote<WorkerFunctions>;
  /** Rejects the calls that wait. */
  readonly #waiting = new Set<(error: CycleGANError) => void>();
  #ended: CycleGANError | undefined;
  #answered = false;

  constructor(private readonly worker: Worker) {
    this.#functions = wrap<WorkerFunctions>(worker);
    worker.addEventListener('error', ({ message }) => {
      const what = this.#answered ? 'has failed' : 'does not start';
      const advice = this.#answered
        ? 'Reload the page; training resumes from its last checkpoint.'
        : "Check the URL of its file, which must import 'ts-cyclegan/browser/worker' and call serve().";
      const says = message ? ` The browser says: ${message.replace(/\.$/, '')}.` : '';
      this.#reject(new CycleGANError('ENGINE', `connectWorker: the Worker ${what}.${says} ${advice}`));
    });
  }

  /** @throws CycleGANError those of the function; `ENGINE` for a Worker that fails, `DISPOSED` after `end` */
  async call<T>(use: (functions: Remote<WorkerFunctions>) => Promise<T>): Promise<T> {
    if (this.#ended) throw this.#ended;
    let stop: ((error: CycleGANError) => void) | undefined;
    const failed = new Promise<never>((_, reject) => this.#waiting.add((stop = reject)));
    try {
      const result = await Promise.race([use(this.#functions), failed]);
      this.#answered = true;
      return result;
    } catch (error) {
      throw received(error);
    } finally {
      this.#waiting.delete(stop!);
    }
  }

  end(): void {
    this.#ended ??= new CycleGANError(
      'DISPOSED',
      'connectWorker: the Worker has been terminated. Connect a new one.',
    );
    this.#functions[releaseProxy]();
    this.worker.terminate();
    this.#reject(this.#ended);
  }

  #reject(error: CycleGANError): void {
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
  }
}
