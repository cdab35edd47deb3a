/** Asynchronous jobs that run one after another. */

/** Runs one job at a time. */
export class Queue {
  #last: Promise<void> | undefined;

  /** Whether a job is running or waiting. */
  get isBusy(): boolean {
    return this.#last !== undefined;
  }

  /** Runs `job` immediately if the queue is empty, else after all earlier jobs, even if one of them fails. */
  async run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#last === undefined ? job() : this.#last.then(job);
    const last = result.then(
      () => undefined,
      () => undefined,
    );
    this.#last = last;
    try {
      return await result;
    } finally {
      if (this.#last === last) this.#last = undefined;
    }
  }
}
