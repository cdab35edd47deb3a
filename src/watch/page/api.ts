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

/** Calls back for every change, and when the connection is lost and found again. */
export function listen(on: { change: () => void; connected: (connected: boolean) => void }): void {
  const source = new EventSource('api/events');
  source.addEventListener('hello', () => {
    on.connected(true);
    on.change();
  });
  source.addEventListener('change', () => on.change());
  source.addEventListener('error', () => {
    on.connected(false);
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again
    source.close();
    setTimeout(() => listen(on), 2000);
  });
}
