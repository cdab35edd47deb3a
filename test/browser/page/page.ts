/** The page of the tests: makes the library's functions and a Worker available to `page.evaluate`. */
import * as tf from '@tensorflow/tfjs-core';
import { Random } from 'ts-cyclegan';
import * as browser from 'ts-cyclegan/browser';

const connect = (): browser.CycleGANWorker =>
  browser.connectWorker(new Worker(new URL('./cyclegan.worker.ts', import.meta.url), { type: 'module' }));

/** What an action throws, as plain data. */
async function failure(action: () => Promise<unknown>): Promise<{ code: unknown; message: string } | string> {
  try {
    return `no error, but ${JSON.stringify(await action())}`;
  } catch (error) {
    const { code, message } = error as { code: unknown; message: string };
    return { code, message };
  }
}

/** The longest time for which the page could not answer while `action` ran, in milliseconds. */
async function longestPause<T>(action: () => Promise<T>): Promise<{ result: T; longest: number }> {
  const channel = new MessageChannel();
  let last = performance.now();
  let longest = 0;
  let running = true;
  channel.port1.onmessage = () => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    if (running) setTimeout(() => channel.port2.postMessage(null), 5);
  };
  channel.port2.postMessage(null);
  try {
    return { result: await action(), longest };
  } finally {
    running = false;
  }
}

/** Files of this server, as a person would choose them. */
const filesAt = (folder: string, names: readonly string[]): Promise<File[]> =>
  Promise.all(names.map(async (name) => new File([await (await fetch(`${folder}/${name}`)).blob()], name)));

const bench = { ...browser, tf, Random, connect, failure, longestPause, filesAt };
export type Bench = typeof bench;

Object.assign(globalThis, { bench });
