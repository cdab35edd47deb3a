/**
 * Gives waiting events (timers, clicks, signals, I/O) their turn. On a backend that computes at once, awaiting a
 * result does not: settled promises never leave the microtask queue.
 *
 * In browsers this is a message and not a timer: in hidden tabs timers run once a second at most, and elsewhere every 4 ms.
 */

// There in some of the runtimes that tfjs knows, but in no library of ECMAScript itself.
declare const setImmediate: ((callback: () => void) => unknown) | undefined;
declare const setTimeout: (callback: () => void, milliseconds: number) => unknown;
interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
}
declare const MessageChannel: (new () => { port1: Port; port2: Port }) | undefined;

const waiting: (() => void)[] = [];
let port: Port | undefined;

function nextMessage(channel: new () => { port1: Port; port2: Port }, callback: () => void): void {
  if (port === undefined) {
    const { port1, port2 } = new channel();
    port1.onmessage = () => waiting.shift()!();
    port = port2;
  }
  waiting.push(callback);
  port.postMessage(null);
}

/** Resolves in a task of its own. */
export const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    // Node: after timers and I/O. An open port would keep the process alive.
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else if (typeof MessageChannel === 'function') nextMessage(MessageChannel, resolve);
    else setTimeout(resolve, 0);
  });
