/**
 * Lets pending events (timers, clicks, signals, I/O) run. On a backend that computes synchronously, awaiting a result does
 * not, because settled promises never leave the microtask queue.
 *
 * Browsers use a message instead of a timer: timers run every 4 ms at most, and once a second in hidden tabs.
 */

// Some of the runtimes that tfjs supports have these, but ECMAScript does not declare them.
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

/** Resolves in a new task. */
export const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    // Node.js: runs after timers and I/O. An open port would keep the process alive.
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else if (typeof MessageChannel === 'function') nextMessage(MessageChannel, resolve);
    else setTimeout(resolve, 0);
  });
