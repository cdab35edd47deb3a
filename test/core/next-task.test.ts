/** Yielding to the event loop: others get their turn, in Node, in pages and in Workers, hidden ones too. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { nextTask } from '../../src/core/next-task.js';
import { launchChromium } from '../support/chromium.js';

describe('in Node', () => {
  it('gives timers and I/O their turn, in order, and holds no port open', async () => {
    const resources = process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
    let [timers, read] = [0, false];
    const timer = setInterval(() => timers++, 0);
    void readFile(fileURLToPath(import.meta.url)).then(() => (read = true));
    while (timers < 3 || !read) await nextTask();
    clearInterval(timer);
    const order: number[] = [];
    await Promise.all([1, 2, 3].map((n) => nextTask().then(() => order.push(n))));
    expect(order).toEqual([1, 2, 3]);
    expect(process.getActiveResourcesInfo().filter((name) => name === 'MessagePort')).toHaveLength(resources);
  });
});

describe('in Chromium', () => {
  /** Runs as a page or Worker in whose tab no timer fires any more. @returns how many yields it saw, and whether a message came */
  const program = `
    globalThis.setTimeout = () => 0;
    const heard = new Promise((resolve) => {
      const channel = new BroadcastChannel('other');
      channel.onmessage = () => resolve(true);
      new BroadcastChannel('other').postMessage(0);
    });
    let yields = 0;
    for (; yields < 500; yields++) await next.nextTask();
    return [yields, await heard];
  `;

  it('does not wait for timers, which hidden tabs hold back', async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('../../src/core/next-task.ts', import.meta.url))],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'next',
    });
    const code = `${outputFiles[0]!.text}; const result = (async () => { ${program} })();`;
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      expect(await page.evaluate(`(() => { ${code} return result; })()`)).toEqual([500, true]);
      const worker = JSON.stringify(`${code} result.then(postMessage);`);
      const other = await browser.newPage();
      const answer = await other.evaluate(`new Promise((resolve) => {
        const url = URL.createObjectURL(new Blob([${worker}], { type: 'text/javascript' }));
        new Worker(url).onmessage = ({ data }) => resolve(data);
      })`);
      expect(answer).toEqual([500, true]);
    } finally {
      await browser.close();
    }
  }, 120_000);
});
