/** A server for tests, and raw requests to it. */
import { request } from 'node:http';
import { onTestFinished } from 'vitest';
import type { RunInfo, SeriesPart } from '../../src/watch/protocol.js';
import { serve, type ServeOptions } from '../../src/watch/server/serve.js';

export const somePage = '<!doctype html><title>x</title><style>a{}</style><script>1</script>';

/** An answer. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** A server that is closed after the test. */
export async function serving(runs: string[], options: Partial<ServeOptions> = {}) {
  const { port, close } = await serve({ runs, host: '127.0.0.1', port: 0, page: somePage, ...options });
  onTestFinished(close);
  /** Sends the path as it is: `fetch` would resolve `..`. */
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<Answer>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }),
        );
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end();
    });
  const json = async (path: string): Promise<unknown> => JSON.parse((await get(path)).body.toString());
  return {
    port,
    close,
    get,
    runs: async () => (await json('/api/runs')) as RunInfo[],
    curves: async (id: number, query = '') => (await json(`/api/runs/${id}/curves${query}`)) as SeriesPart,
  };
}
