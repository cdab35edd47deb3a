/**
 * The page of examples/browser-webgpu in a real Chromium, and its twin in Node, both on software WebGPU: they translate an image
 * to within one level of what the cpu backend makes of the same pixels with the same model.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.js';
import { printedUrl } from '../support/printed-url.js';
import { run } from '../support/run.js';
import { swiftshaderEnvironment } from '../support/swiftshader.js';
import { emptyProject } from '../support/tarball.js';

const example = fileURLToPath(new URL('../../examples/browser-webgpu', import.meta.url));

// Weights large enough that the translation is no even grey.
const makeModel = `
import '@tensorflow/tfjs-backend-cpu';
import { CycleGAN } from 'ts-cyclegan';
import { fileSystem } from 'ts-cyclegan/node';
const options = { convention: 'pytorch', inputShape: [32, 32, 3], filters: 4, residualBlocks: 1, initializerGain: 0.1, seed: 1 };
await new CycleGAN(options).save(fileSystem('public/model'));
`;

const translateOnCpu = `
import '@tensorflow/tfjs-backend-cpu';
import { CycleGAN } from 'ts-cyclegan';
import { fileSystem, readImage, writeImage } from 'ts-cyclegan/node';
const [image, translated, direction] = process.argv.slice(2);
const model = await CycleGAN.load(fileSystem('public/model'));
await writeImage(translated, model.translate(await readImage(image), direction));
`;

let project: string;
let preview: ChildProcess;
let url: string;
let browser: Browser;

beforeAll(async () => {
  project = await emptyProject({ from: example });
  await writeFile(join(project, 'make-model.mjs'), makeModel);
  await writeFile(join(project, 'translate-on-cpu.mjs'), translateOnCpu);
  await run('node', ['make-model.mjs'], { cwd: project });
  await run('npm', ['run', 'build'], { cwd: project });
  preview = spawn('node', ['node_modules/vite/bin/vite.js', 'preview', '--port', '0'], { cwd: project });
  url = await printedUrl(preview);
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  preview.kill();
});

/** Opens the page; what the console and the network complain about is collected in `complaints`. */
async function openPage(options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => complaints.push(request.url()));
  return { page, complaints };
}

const status = (page: Page, text: string | RegExp) =>
  page.getByRole('status').filter({ hasText: text }).waitFor({ timeout: 60_000 });

/** Saves a canvas of the page as a PNG file in the project and returns its name. */
async function saveCanvas(page: Page, id: 'input' | 'output'): Promise<string> {
  const data = await page.locator(`#${id}`).evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  await writeFile(join(project, `${id}.png`), Buffer.from(data.split(',')[1]!, 'base64'));
  return `${id}.png`;
}

const levels = async (name: string) => sharp(join(project, name)).removeAlpha().raw().toBuffer();

async function expectSameImage(got: string, want: string): Promise<void> {
  const [a, b] = [await levels(got), await levels(want)];
  const { channels } = await sharp(join(project, want)).stats();
  expect(channels[0]!.stdev, 'an image, not an even grey').toBeGreaterThan(20);
  expect(a.length).toBe(b.length);
  expect(a.reduce((worst, level, i) => Math.max(worst, Math.abs(level - b[i]!)), 0)).toBeLessThanOrEqual(1);
}

test('the page translates the sample, a chosen and a dropped image on WebGPU', async () => {
  const { page, complaints } = await openPage();
  await page.goto(url);
  await status(page, 'Ready, on webgpu.');

  // The sample, by keyboard alone.
  await page.getByRole('button', { name: 'Use the sample' }).focus();
  await page.keyboard.press('Enter');
  await status(page, /Translated in .* on webgpu/);
  await run('node', ['translate-on-cpu.mjs', await saveCanvas(page, 'input'), 'cpu.png', 'AtoB'], {
    cwd: project,
  });
  await expectSameImage(await saveCanvas(page, 'output'), 'cpu.png');

  // Another image, found by its label, the other way.
  await page.getByLabel('Direction').selectOption('BtoA');
  await page.getByLabel('Choose an image').setInputFiles(await coloured('chosen.jpg'));
  await page.getByRole('img', { name: 'chosen.jpg, translated from B to A' }).waitFor();
  await run('node', ['translate-on-cpu.mjs', await saveCanvas(page, 'input'), 'cpu.png', 'BtoA'], {
    cwd: project,
  });
  await expectSameImage(await saveCanvas(page, 'output'), 'cpu.png');

  const bytes = (await readFile(await coloured('dropped.png'))).toString('base64');
  await page.evaluate(async (encoded) => {
    const blob = await (await fetch(`data:image/png;base64,${encoded}`)).blob();
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([blob], 'dropped.png', { type: 'image/png' }));
    document.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
  }, bytes);
  await page.getByRole('img', { name: 'dropped.png, translated from B to A' }).waitFor();

  expect(await page.locator('#note').isVisible()).toBe(false);
  expect(await page.getByRole('alert').isVisible()).toBe(false);
  expect(complaints).toEqual([]);
});

test('its twin in Node translates on WebGPU', async () => {
  const env = await swiftshaderEnvironment();
  await coloured('image.png');
  const args = ['run', 'translate', '--', 'image.png', 'webgpu.png', 'BtoA'];
  const { stdout } = await run('npm', args, { cwd: project, env });
  expect(stdout).toContain('webgpu.png, translated on webgpu');
  await run('node', ['translate-on-cpu.mjs', 'image.png', 'cpu.png', 'BtoA'], { cwd: project });
  await expectSameImage('webgpu.png', 'cpu.png');
});

test('a browser without WebGPU gets WebGL and a note', async () => {
  const { page, complaints } = await openPage();
  await page.addInitScript('delete Navigator.prototype.gpu');
  await page.goto(url);
  await status(page, 'Ready, on webgl.');
  await page.getByText('WebGPU is not available here').waitFor();
  await page.getByRole('button', { name: 'Use the sample' }).click();
  await status(page, /Translated in .* on webgl/);
  await run('node', ['translate-on-cpu.mjs', await saveCanvas(page, 'input'), 'cpu.png', 'AtoB'], {
    cwd: project,
  });
  await expectSameImage(await saveCanvas(page, 'output'), 'cpu.png');
  expect(complaints).toEqual([]);
});

test('the page is accessible, light and dark', async () => {
  const script = createRequire(import.meta.url).resolve('axe-core');
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await openPage({ colorScheme });
    await page.goto(url);
    await status(page, /Ready, on/); // before that the page takes no image
    await page.getByLabel('Choose an image').setInputFiles(join(example, 'README.md'));
    await page.getByText('README.md is not an image that this browser can read.').waitFor();
    await page.addScriptTag({ path: script });
    const { violations } = await page.evaluate(() => (window as never as { axe: typeof axe }).axe.run());
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([]);
  }
});

test('a page without a model says what is missing', async () => {
  await rm(join(project, 'dist/model'), { recursive: true });
  const { page } = await openPage();
  await page.goto(url);
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.textContent()).toContain('model/model.json');
  expect(await page.getByRole('button', { name: 'Use the sample' }).isDisabled()).toBe(true);
});

/** An image of 32 x 32 pixels in the project; returns its path. */
async function coloured(name: string): Promise<string> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><rect width="32" height="32" fill="#8cf"/>
    <circle cx="20" cy="11" r="8" fill="#fc3"/><path d="M0 32 L12 14 L24 32 Z" fill="#373"/></svg>`;
  const path = join(project, name);
  await sharp(Buffer.from(svg)).removeAlpha().toFile(path);
  return path;
}
