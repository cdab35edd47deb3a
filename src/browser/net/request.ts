/** Requests of a page, with errors that a person understands. */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';

/**
 * The answer of a server, if it has the file.
 *
 * @throws CycleGANError `NOT_FOUND`, `NETWORK`; the reason of `signal` after an abort
 */
export async function request(where: string, url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    init.signal?.throwIfAborted();
    throw unreachable(where, url, cause);
  }
  if (!response.ok) throw refused(where, url, response);
  return response;
}

/** The error for a server that does not answer. Browsers do not tell programs why. */
function unreachable(where: string, url: string, cause: unknown): CycleGANError {
  const offline = !(navigator as Partial<Navigator>).onLine;
  return new CycleGANError(
    'NETWORK',
    offline
      ? `${where}: ${show(url)} cannot be downloaded: this device is offline. Connect to the internet and try again.`
      : `${where}: ${show(url)} cannot be downloaded: its server does not answer, or does not let this page read it. ` +
          'Check the URL. Other servers must send the header Access-Control-Allow-Origin.',
    { cause },
  );
}

/** The error for a server that answers with another status than 200. */
function refused(where: string, url: string, { status, statusText }: Response): CycleGANError {
  const missing = [404, 410].includes(status);
  const answer = `${status}${statusText === '' ? '' : ` ${statusText}`}`;
  return new CycleGANError(
    missing ? 'NOT_FOUND' : 'NETWORK',
    missing
      ? `${where}: there is no file ${show(url)} (the server says ${answer}). Check the URL.`
      : `${where}: ${show(url)} cannot be downloaded: the server says ${answer}. Try again later.`,
  );
}
