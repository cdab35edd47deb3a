import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from './chromium.js';
import type { Browser } from 'playwright-core';

// Secure contexts only have WebGPU, and http://localhost is one.
const server = createServer((_, response) => {
  response.writeHead(200, {
    'Content-Type': 'text/html',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  });
  response.end('<!doctype html><title>test</title><p>Words.');
});
let browser: Browser;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  server.close();
});

test('Chromium has software WebGPU, WebGL 2 and cross-origin isolation', async () => {
  const page = await browser.newPage();
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}`);
  const found = await page.evaluate(async () => {
    const adapter = await navigator.gpu.requestAdapter();
    return {
      adapter: `${adapter?.info.vendor} ${adapter?.info.architecture}`,
      webgl2: document.createElement('canvas').getContext('webgl2') !== null,
      isolated: crossOriginIsolated,
    };
  });
  expect(found).toEqual({ adapter: 'google swiftshader', webgl2: true, isolated: true });
});
