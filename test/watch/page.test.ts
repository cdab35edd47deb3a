/** The page in a real browser: charts, live updates, sliders, several runs, accessibility. */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { watchFiles } from '../../src/watch/files.js';
import { serve } from '../../src/watch/server/serve.js';
import { launchChromium } from '../support/chromium.js';
import { emptyFolder } from '../support/folder.js';
import { linesOf, readFixture, sheetName, sheetPng, writeRun } from './fixtures/fixture.js';

let browser: Browser;
let html: string;
beforeAll(async () => {
  [browser, { page: html }] = await Promise.all([launchChromium(), watchFiles()]);
});
afterAll(() => browser.close());

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A run folder made of a fixture. */
async function runOf(name: string, from?: { rows: number }): Promise<string> {
  const folder = join(await emptyFolder(), name);
  const fixture = await readFixture(name);
  const lines = linesOf(fixture).slice(0, from?.rows);
  const step = fixture.rows[lines.length - 1]![fixture.columns.indexOf('step')]!;
  await writeRun(folder, fixture, { lines, sheets: fixture.sheets.filter((sheet) => sheet.step <= step) });
  return folder;
}

/** Opens the page, and fails the test if anything is written to the console, but for `allowed`. */
async function open(runs: string[], { allowed = /^$/ } = {}) {
  const server = await serve({ runs, host: '127.0.0.1', port: 0, page: html });
  const page = await browser.newPage({ viewport: { width: 1280, height: 844 } });
  const faults: string[] = [];
  page.on('console', (message) => faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (hostname !== '127.0.0.1' && protocol !== 'data:') faults.push(`request to ${request.url()}`);
  });
  onTestFinished(async () => {
    await page.close();
    await server.close();
    expect(faults.filter((fault) => !allowed.test(fault))).toEqual([]);
  });
  await page.goto(`http://127.0.0.1:${server.port}/`);
  await page.waitForSelector('body[data-ready]');
  return { page, server };
}

/** How many pixels of each chart are drawn on. */
const inkOf = (page: Page) =>
  page.$$eval('.chart canvas', (canvases) =>
    canvases.map((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
      let ink = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) ink++;
      return ink;
    }),
  );
const textsOf = (page: Page, selector: string) =>
  page.$$eval(selector, (elements) => elements.map(({ textContent }) => textContent));
const titles = (page: Page) => textsOf(page, '.chart h3');

test('shows a run', async () => {
  const { page } = await open([await runOf('healthy-cyclegan')]);
  expect(await titles(page)).toEqual([
    'Discriminator',
    'Generator',
    'Cycle',
    'Identity',
    'Learning rate',
    'Speed',
    'Memory',
  ]);
  for (const ink of await inkOf(page)) expect(ink).toBeGreaterThan(500);
  expect(await page.title()).toBe('600 · healthy-cyclegan');
  expect(await page.textContent('[data-tile="Step"]')).toBe('600 of 600');
  expect(await page.textContent('[data-tile="State"]')).toBe('Finished');
  expect(await page.$$('.note')).toEqual([]);
  const explanations = await textsOf(page, '.explanation');
  expect(explanations[0]).toBe(
    'D_A judges images of B, D_B images of A. At 0.25 it cannot tell them apart. Healthy: it stays above 0 and goes up and down. ' +
      'Near 0 for long, the discriminator has won.',
  );
  const label = await page.getAttribute('[data-chart="discriminator"] .plot', 'aria-label');
  expect(label).toMatch(
    /^Discriminator, curves over the steps\. Last values: D_A 0\.\d+, D_B 0\.\d+\. The table below has more\.$/,
  );
  await page.click('[data-chart="discriminator"] summary');
  expect(await textsOf(page, '[data-chart="discriminator"] tbody tr:first-child > *')).toEqual([
    'D_Adiscriminator of B’s images',
    expect.stringMatching(/^0\.\d+$/),
    expect.stringMatching(/^0\.\d+$/),
    expect.stringMatching(/^0\.\d+$/),
  ]);
});

test('scores on test pairs, which only a few steps have', async () => {
  const folder = join(await emptyFolder(), 'measured');
  const fixture = await readFixture('healthy-cyclegan');
  const lines = linesOf(fixture).map((line, i) => {
    const scores = { test_l1_A: 0.3 - i / 1000, test_cycle_A: 0.1, test_ssim_A: 0.5, test_psnr_A: 12 };
    return i % 25 === 10 ? JSON.stringify({ ...(JSON.parse(line) as object), ...scores }) : line;
  });
  await writeRun(folder, fixture, { lines });
  const measured = lines.flatMap((line) => {
    const { step, test_l1_A } = JSON.parse(line) as { step: number; test_l1_A?: number };
    return test_l1_A === undefined ? [] : [{ step, value: test_l1_A.toFixed(3).replace(/0$/, '') }];
  });
  const { page } = await open([folder]);
  expect((await titles(page)).slice(4, 7)).toEqual([
    'Test pairs: SSIM',
    'Test pairs: L1',
    'Test pairs: PSNR',
  ]);
  for (const ink of await inkOf(page)) expect(ink).toBeGreaterThan(500);
  const chart = '[data-chart="test-l1"]';
  expect(await page.textContent(`${chart} .legend b`)).toBe(measured.at(-1)!.value);
  await page.click(`${chart} summary`);
  expect(await textsOf(page, `${chart} tbody tr:first-child > *`)).toEqual([
    'test_l1_AA to B, compared with the truth',
    measured.at(-1)!.value,
    measured.at(-1)!.value,
    measured[0]!.value,
  ]);
  // the pointer is between two measurements, and finds the nearer one
  await page.hover(`${chart} .u-over`, { position: { x: 8, y: 60 } });
  await page.waitForFunction((at) => document.querySelector(at)!.textContent !== '', `${chart} .legend .at`);
  expect(await page.textContent(`${chart} .legend .at`)).toBe(`step ${measured[0]!.step}`);
  expect(await page.textContent(`${chart} .legend b`)).toBe(measured[0]!.value);
});

test('updates live', async () => {
  const fixture = await readFixture('healthy-gan');
  const folder = await runOf('healthy-gan', { rows: 60 });
  const { page } = await open([folder]);
  expect(await page.textContent('[data-tile="Step"]')).toBe('296 of 600');
  expect(await page.textContent('.step')).toBe('250');
  const before = await page.textContent('[data-chart="discriminator"] .legend b');
  await appendFile(join(folder, 'metrics.jsonl'), `${linesOf(fixture).slice(60).join('\n')}\n`);
  await writeFile(join(folder, 'samples', `${sheetName(600)}.png`), await sheetPng(600));
  await page.waitForFunction(
    () => document.querySelector('[data-tile="Step"]')!.textContent === '600 of 600',
  );
  await page.waitForFunction(() => document.querySelector('.step')!.textContent === '600'); // it follows
  await page.waitForFunction(
    (old) => document.querySelector('[data-chart="discriminator"] .legend b')!.textContent !== old,
    before,
  );
});

test('a run that does not exist yet, and a note when it goes wrong', async () => {
  const folder = join(await emptyFolder(), 'later');
  const { page } = await open([folder]);
  expect(await page.textContent('[data-tile="State"]')).toBe('The folder does not exist yet');
  expect(await titles(page)).toEqual([]);
  await mkdir(folder);
  await page.waitForFunction(
    () => document.querySelector('[data-tile="State"]')!.textContent === 'Waiting for the first step',
  );
  await writeRun(folder, await readFixture('discriminator-won-pix2pix'));
  await page.waitForSelector('.note');
  expect(await textsOf(page, '.note h2')).toEqual(['Warning: The discriminator has won']);
  await appendFile(
    join(folder, 'metrics.jsonl'),
    'broken\n{"step":501,"G_GAN":null,"G_L1":1,"D_real":0,"D_fake":0}\n',
  );
  await page.waitForSelector('.note.error');
  expect(await textsOf(page, '.note.error .what')).toEqual(['At step 501, G_GAN became NaN or infinite.']);
  expect(await page.textContent('.facts')).toContain('1 line of metrics.jsonl could not be read');
});

test('the slider shows sheets, with the keyboard too', async () => {
  const { page } = await open([await runOf('healthy-pix2pix')]);
  const step = () => page.textContent('.step');
  const shown = () =>
    page.$eval('.sheets img', async (element) => {
      const image = element as HTMLImageElement;
      await image.decode();
      return [new URL(image.src).pathname, image.alt, image.naturalWidth];
    });
  expect(await step()).toBe('600');
  await page.focus('#sheet');
  await page.keyboard.press('ArrowLeft');
  expect(await step()).toBe('550');
  await page.keyboard.press('Home');
  expect(await step()).toBe('0');
  expect(await page.getAttribute('#sheet', 'aria-valuetext')).toBe('step 0');
  await page.click('[aria-label="Next sheet"]');
  expect(await shown()).toEqual([
    '/api/runs/0/samples/50.png',
    'Sheet of sample images at step 50: each row an input image, its fake and the target.',
    204,
  ]);
  await page.focus('#sheet');
  await page.keyboard.press('End');
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowLeft');
  await page.click('.play');
  await page.waitForFunction(() => document.querySelector('.step')!.textContent === '600');
  await page.waitForFunction(() => document.querySelector('.play')!.textContent === 'Play');
});

test('smoothing, log scale and zoom', async () => {
  const { page } = await open([await runOf('healthy-cyclegan')]);
  /** Waits for a request for curves with these parameters; others may still be on their way. */
  const query = async (
    act: () => Promise<unknown>,
    wanted: (get: (name: string) => string | null) => boolean,
  ) => {
    const matches = (address: string) => {
      const { pathname, searchParams } = new URL(address);
      return pathname.endsWith('/curves') && wanted((name) => searchParams.get(name));
    };
    await Promise.all([page.waitForResponse((response) => matches(response.url())), act()]);
  };
  await page.focus('#smoothing');
  await query(
    () => page.keyboard.press('End'),
    (get) => get('smoothing') === '1000',
  );
  expect(await page.getAttribute('#smoothing', 'aria-valuetext')).toBe('1,000 steps');
  await query(
    () => page.keyboard.press('Home'),
    (get) => get('smoothing') === '1',
  );

  // again if it fails: live updates may draw the charts in between
  await expect
    .poll(
      async () => {
        const linear = (await inkOf(page))[2];
        await page.check('#log');
        const logarithmic = (await inkOf(page))[2];
        await page.uncheck('#log');
        return [logarithmic !== linear, (await inkOf(page))[2] === linear];
      },
      { timeout: 30_000 },
    )
    .toEqual([true, true]);

  // all in the page, because the chart may be drawn again between two calls
  const box = await page.evaluate(() => {
    const over = document.querySelector('[data-chart="cycle"] .u-over')!;
    over.scrollIntoView({ block: 'center', behavior: 'instant' });
    return over.getBoundingClientRect().toJSON() as DOMRect;
  });
  const y = box.y + box.height / 2;
  const drag = async () => {
    await page.mouse.move(box.x + box.width / 4, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, y, { steps: 4 });
    await page.mouse.up();
  };
  // a quarter of 600 steps, and a half
  const near = (value: string | null, step: number) => value !== null && Math.abs(Number(value) - step) < 20;
  await query(drag, (get) => near(get('from'), 150) && near(get('to'), 300));
  expect(await page.$eval('#range', (select) => (select as HTMLSelectElement).selectedOptions[0]!.text)).toBe(
    'Zoomed in',
  );
  await query(
    () => page.click('#reset'),
    (get) => get('to') === null,
  );
  expect(await page.isVisible('#reset')).toBe(false);
  await query(
    () => page.selectOption('#range', 'Last half'),
    (get) => get('from') === '300',
  );
});

test('the values under the pointer, which stay when the run goes on', async () => {
  const folder = await runOf('healthy-cyclegan', { rows: 60 });
  const { page } = await open([folder]);
  const legend = '[data-chart="cycle"] .legend';
  const last = await page.textContent(`${legend} b`);
  await page.hover('[data-chart="cycle"] .u-over', { position: { x: 5, y: 60 } });
  await page.waitForFunction((at) => document.querySelector(at)!.textContent !== '', `${legend} .at`);
  expect(await page.textContent(`${legend} .at`)).toMatch(/^step \d+$/);
  expect(Number(await page.textContent(`${legend} b`))).toBeGreaterThan(2 * Number(last));

  const cell = '[data-chart="cycle"] tbody td';
  const before = await page.textContent(cell);
  const lines = linesOf(await readFixture('healthy-cyclegan')).slice(60);
  await appendFile(join(folder, 'metrics.jsonl'), `${lines.join('\n')}\n`);
  await page.waitForFunction(([at, old]) => document.querySelector(at!)!.textContent !== old, [cell, before]);
  expect(await page.textContent(`${legend} .at`)).toMatch(/^step \d+$/);
  expect(Number(await page.textContent(`${legend} b`))).toBeGreaterThan(2 * Number(last));
});

test('several runs are compared, and can be hidden', async () => {
  const runs = [await runOf('healthy-cyclegan'), await runOf('colours-inverted'), await runOf('healthy-gan')];
  const { page } = await open(runs);
  expect(await page.title()).toBe('3 runs');
  const legend = () => textsOf(page, '[data-chart="discriminator"] .legend li:not(.at)');
  expect((await legend()).map((text) => text.replace(/ [\d.e-]+$/, ''))).toEqual([
    'healthy-cyclegan D_A',
    'healthy-cyclegan D_B',
    'colours-inverted D_A',
    'colours-inverted D_B',
    'healthy-gan D',
  ]);
  expect(await textsOf(page, '.note h2')).toEqual([
    'Warning: Colours are inverted, A to B and B to A (colours-inverted)',
  ]);
  expect((await page.$$('.sheets figure')).length).toBe(3);
  await page.focus('#run-1');
  await page.keyboard.press('Space');
  await page.waitForFunction(
    () => document.querySelectorAll('[data-chart="discriminator"] .legend li:not(.at)').length === 3,
  );
  expect(await page.$$('.note')).toEqual([]);
  expect((await page.$$('.sheets figure')).length).toBe(2);
});

test('a hidden page does not listen, and catches up', async () => {
  const folder = await runOf('healthy-gan', { rows: 60 });
  const { page } = await open([folder]);
  const hide = (hidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  const ended = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/api/events'));
  await hide(true);
  await ended;
  await appendFile(join(folder, 'metrics.jsonl'), '{"step":297,"D":1,"G":1,"seconds":9}\n');
  await hide(false);
  await page.waitForFunction(
    () => document.querySelector('[data-tile="Step"]')!.textContent === '297 of 600',
  );
});

test('reconnects to a server that was started again', async () => {
  const folder = await runOf('healthy-gan', { rows: 60 });
  const { page, server } = await open([folder], { allowed: /net::ERR_/ });
  const connected = (value: string) =>
    page.waitForFunction(
      (wanted) => document.getElementById('connection')!.dataset.connected === wanted,
      value,
    );
  await connected('true');
  await server.close();
  await connected('false');
  expect(await page.textContent('#connection')).toBe('Connection lost. Trying again …');
  await appendFile(join(folder, 'metrics.jsonl'), '{"step":297,"D":1,"G":1,"seconds":9}\n');
  const again = await serve({ runs: [folder], host: '127.0.0.1', port: server.port, page: html });
  onTestFinished(again.close);
  await connected('true');
  await page.waitForFunction(
    () => document.querySelector('[data-tile="Step"]')!.textContent === '297 of 600',
  );
});

test('200,000 steps: the page receives little', async () => {
  const folder = join(await emptyFolder(), 'long');
  await mkdir(folder);
  const line = (step: number) =>
    `{"step":${step},"epoch":1,"D":${1 + (step % 7)},"G":${step % 5},"lr":0.0002,"seconds":${step}}\n`;
  await writeFile(
    join(folder, 'metrics.jsonl'),
    Array.from({ length: 200_000 }, (_, i) => line(i + 1)).join(''),
  );
  const { page } = await open([folder]);
  const sizes: number[] = [];
  page.on('response', async (response) => sizes.push((await response.body()).length));
  await appendFile(join(folder, 'metrics.jsonl'), line(200_001));
  await page.waitForFunction(() => document.querySelector('[data-tile="Step"]')!.textContent === '200,001');
  await page.waitForTimeout(300);
  expect(Math.max(...sizes)).toBeLessThan(60_000);
});

describe('accessible and readable, in all sizes and colours', () => {
  test('one run', async () => {
    const { page } = await open([await runOf('healthy-cyclegan')]);
    await page.click('[data-chart="cycle"] summary');
    await check(page);
  });

  test('several runs, with notes', async () => {
    const runs = ['healthy-cyclegan', 'not-a-number', 'mode-collapse'].map((name) => runOf(name));
    const { page } = await open([...(await Promise.all(runs)), 'nothing']);
    expect((await page.$$('.note')).length).toBe(2);
    await check(page);
  });

  async function check(page: Page) {
    await page.evaluate(axe);
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 844 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const violations = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as { axe: { run: () => Promise<AxeResults> } };
          return (await axe.run()).violations.map(
            ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`,
          );
        });
        expect({ width, colorScheme, violations }).toEqual({ width, colorScheme, violations: [] });
      }
    }
  }
});

interface AxeResults {
  violations: { id: string; nodes: { html: string }[] }[];
}
