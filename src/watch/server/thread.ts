/** The program of the thread that serves the page: while a training step holds the main thread, the page stays quick. */
import { parentPort, workerData } from 'node:worker_threads';
import { serve, type ServeOptions } from './serve.js';
import type { FromThread } from './thread-messages.js';

const post = (message: FromThread) => parentPort!.postMessage(message);

serve(workerData as ServeOptions).then(
  ({ port, close }) => {
    post({ kind: 'listening', port });
    parentPort!.once('message', () => {
      void close().then(() => parentPort!.close());
    });
  },
  (error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    post({ kind: 'failed', code, message });
  },
);
