/** The requests that the page makes, and their answers. Everything is read-only. */
import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { RunInfo } from '../protocol.js';
import type { Changes } from './changes.js';
import type { Run } from './run.js';

/** Options of {@link watchApp}. */
export interface AppOptions {
  readonly runs: readonly Run[];
  /** The HTML of the page. */
  readonly page: string;
  readonly changes: Changes;
  /** Whether a `Host` header names this server. */
  readonly isOwnHost: (header: string | undefined) => boolean;
}

/** Milliseconds between signs of life on a quiet connection, which proxies and sleeping laptops would close. */
const heartbeat = 15_000;
const mostPoints = 2000;

export function watchApp({ runs, page, changes, isOwnHost }: AppOptions): Hono {
  const app = new Hono();
  const headers = headersFor(page);

  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    if (!isOwnHost(c.req.header('host'))) {
      return c.text('This server answers requests to its own address only.\n', 403);
    }
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return c.text('Only GET is possible.\n', 405);
    return next();
  });
  app.notFound((c) => c.text('Not found.\n', 404));
  app.onError((error, c) => c.text(`${error.message}\n`, 500));

  app.get('/', (c) => c.html(page));

  app.get('/api/runs', async (c) => {
    await changes.look();
    return c.json<RunInfo[]>(runs.map((run) => run.info()));
  });

  app.get('/api/runs/:id/curves', (c) => {
    const run = runs[wholeNumber(c.req.param('id')) ?? -1];
    if (!run) return c.notFound();
    const number = (name: string, fallback: number, min: number, max: number) =>
      Math.min(max, Math.max(min, wholeNumber(c.req.query(name)) ?? fallback));
    return c.json(
      run.curves({
        from: number('from', 0, 0, Number.MAX_SAFE_INTEGER),
        to: number('to', Number.MAX_SAFE_INTEGER - 1, 0, Number.MAX_SAFE_INTEGER - 1),
        points: number('points', 600, 10, mostPoints),
        smoothing: number('smoothing', 1, 1, 1e6),
      }),
    );
  });

  app.get('/api/runs/:id/samples/:step', async (c) => {
    const run = runs[wholeNumber(c.req.param('id')) ?? -1];
    const step = wholeNumber(/^(\d+)\.png$/.exec(c.req.param('step'))?.[1]);
    const png = step === undefined ? undefined : await run?.sheet(step);
    if (!png) return c.notFound();
    c.header('content-type', 'image/png');
    // the page adds the file's version to the address, so a changed file has another address
    if (c.req.query('v')) c.header('cache-control', 'private, max-age=31536000, immutable');
    return c.body(new Uint8Array(png));
  });

  app.get('/api/events', (c) =>
    streamSSE(c, async (stream) => {
      const ended = new AbortController();
      stream.onAbort(() => ended.abort());
      await stream.writeSSE({ event: 'hello', data: String(runs.length), retry: 1000 });
      for (;;) {
        const changed = await changes.next(heartbeat, ended.signal);
        if (stream.aborted || changes.closed) break;
        await stream.writeSSE(
          changed.length > 0
            ? { event: 'change', data: JSON.stringify(changed) }
            : { event: 'alive', data: '' },
        );
      }
    }),
  );
  return app;
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;

/** Only the page's own script and style run, and only pages of this server may use the answers. */
function headersFor(page: string): Record<string, string> {
  const hashes = (tag: string) =>
    [...page.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))]
      .map(([, text]) => `'sha256-${createHash('sha256').update(text!).digest('base64')}'`)
      .join(' ') || "'none'";
  return {
    'content-security-policy':
      `default-src 'none'; script-src ${hashes('script')}; style-src ${hashes('style')}; img-src 'self' data:; ` +
      "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-store',
  };
}
