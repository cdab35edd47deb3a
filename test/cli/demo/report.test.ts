/** The page that the demo writes, in a real browser. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeReport } from '../../../src/cli/demo/report.js';
import { launchChromium } from '../../support/chromium.js';
import { emptyFolder } from '../../support/folder.js';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

test.each([320, 390, 1280])('nothing is wider than a screen of %i pixels', async (width) => {
  const folder = await emptyFolder();
  const scores = { l1: 0.067, psnr: 16.2, ssim: 0.853, colour: 0.076, cycle: 0.018 };
  const outcome = { ...scores, doNothing: { l1: 0.067, ssim: 0.881, colour: 0 } };
  await copyFile(join(import.meta.dirname, '../../../docs/images/demo.png'), join(folder, 'sheet.png'));
  await writeReport(folder, {
    settings: { size: 64, filters: 32, blocks: 2, seed: 1, test: 200 },
    engine: 'ONNX Runtime 1.30.0, CPU (backend onnxruntime, tfjs 4.22.0)',
    steps: 1200,
    seconds: 485,
    AtoB: outcome,
    BtoA: outcome,
  });
  const page = await browser.newPage({ viewport: { width, height: 844 } });
  await page.goto(pathToFileURL(join(folder, 'index.html')).href);
  const [content, screen, cells] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    innerWidth,
    document.querySelectorAll('td').length,
  ]);
  expect({ content, screen, cells }).toEqual({ content: width, screen: width, cells: 20 });
  await page.close();
});
