/** The HTTP server of the page. It runs in a thread of its own (`thread.ts`), or in tests directly. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { watchApp } from './app.js';
import { Changes } from './changes.js';
import { hostCheck } from './host.js';
import { namesOf, Run } from './run.js';

/** What {@link serve} needs. */
export interface ServeOptions {
  /** Paths of run folders, which need not exist yet. */
  readonly runs: readonly string[];
  /** The address to listen on. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The HTML of the page. */
  readonly page: string;
}

/** Milliseconds for answers that are on their way when the server closes. */
const patience = 300;

/** A server that listens. */
export interface Serving {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Starts the server. Rejects with Node's own error if it cannot listen. */
export async function serve({ runs: folders, host, port, page }: ServeOptions): Promise<Serving> {
  const names = namesOf(folders);
  const runs = folders.map((folder, id) => new Run(folder, id, names[id]));
  const changes = new Changes(runs);
  let isOwnHost: (header: string | undefined) => boolean = () => false;
  const app = watchApp({ runs, page, changes, isOwnHost: (header) => isOwnHost(header) });
  const server = createAdaptorServer({ fetch: app.fetch, autoCleanupIncoming: true }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = (server.address() as AddressInfo).port;
  isOwnHost = hostCheck(host, bound);
  return {
    port: bound,
    close: () =>
      new Promise((resolve) => {
        changes.close(); // event streams end by themselves
        const force = setTimeout(() => server.closeAllConnections(), patience);
        server.close(() => {
          clearTimeout(force);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
