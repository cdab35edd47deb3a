/** Requests to the server. */
import type { RunInfo, SeriesPart, SheetInfo } from '../protocol.js';

async function json(path: string): Promise<unknown> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

export const fetchRuns = async (): Promise<RunInfo[]> => (await json('api/runs')) as RunInfo[];

/** What part of the curves is wanted. */
export interface CurveQuery {
  from: number;
  to: number | undefined;
  points: number;
  smoothing: number;
}

export async function fetchCurves(
  run: number,
  { from, to, points, smoothing }: CurveQuery,
): Promise<SeriesPart> {
  const query = new URLSearchParams({
    from: String(from),
    points: String(points),
    smoothing: String(smoothing),
  });
  if (to !== undefined) query.set('to', String(to));
  return (await json(`api/runs/${run}/curves?${query}`)) as SeriesPart;
}

export const sheetUrl = (run: number, { step, version }: SheetInfo): string =>
  `api/runs/${run}/samples/${step}.png?v=${version}`;

/** What {@link listen} calls. */
interface Listener {
  change: () => void;
  connected: (connected: boolean) => void;
}

/**
 * Calls back for every change, and when the connection is lost and found again. A hidden page does not listen: browsers open only six
 * connections to a server, for all of its pages.
 */
export function listen(on: Listener): void {
  let source: EventSource | undefined;
  const start = () => {
    source ??= connect(on, () => {
      source = undefined;
      setTimeout(update, 2000);
    });
  };
  const update = () => {
    if (!document.hidden) {
      start();
      return;
    }
    source?.close();
    source = undefined;
  };
  document.addEventListener('visibilitychange', update);
  update();
}

/** @param ended called if the browser has given up */
function connect(on: Listener, ended: () => void): EventSource {
  const source = new EventSource('api/events');
  source.addEventListener('hello', () => {
    on.connected(true);
    on.change();
  });
  source.addEventListener('change', () => on.change());
  source.addEventListener('error', () => {
    on.connected(false);
    if (source.readyState === EventSource.CLOSED) ended(); // else it tries again
  });
  return source;
}
