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

/** The longest task of the page's main thread while `action` ran, in milliseconds; 0 below 50, which browsers do not count. */
async function longestTask<T>(action: () => Promise<T>): Promise<{ result: T; longest: number }> {
  let longest = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  observer.observe({ entryTypes: ['longtask'] });
  try {
    return { result: await action(), longest };
  } finally {
    observer.disconnect();
  }
}

/** Files of this server, as a person would choose them. */
const filesAt = (folder: string, names: readonly string[]): Promise<File[]> =>
  Promise.all(names.map(async (name) => new File([await (await fetch(`${folder}/${name}`)).blob()], name)));

const bench = { ...browser, tf, Random, connect, failure, longestTask, filesAt };
export type Bench = typeof bench;

Object.assign(globalThis, { bench });
