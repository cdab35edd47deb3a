/**
 * examples/browser-studio in a real Chromium, built from the packed tarball: drawing, images, training across a reload, without
 * network, accessibility and size. With the environment variable `SCREENSHOTS`, it writes the images of the docs.
 * examples/vite-onnxruntime-web-worker, which needs a part of its packages, is built and opened in the same browser.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serve, type TestServer } from '../browser/serve.js';
import { launchChromium } from '../support/chromium.js';
import { printedUrl } from '../support/printed-url.js';
import { run } from '../support/run.js';
import { emptyProject } from '../support/tarball.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const screenshots = process.env.SCREENSHOTS ? join(root, 'docs/images') : undefined;
const patience = { timeout: 120_000 };

let project: string;
let preview: ChildProcess;
let url: string;
/** Serves the built pages without headers, in folders. */
let plainServer: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];
/** Paths of the files of the first load, which the service worker has kept. */
let firstLoad: string[];

beforeAll(async () => {
  project = await emptyProject({ from: join(root, 'examples/browser-studio') });
  await run('npm', ['run', 'build'], { cwd: project, env: { NODE_ENV: 'production' } }); // vitest sets it to test
  await images('a', 3, '#ffffff', '#000000');
  await images('b', 2, '#61b2e4', '#ea5a47');
  preview = spawn('node', ['node_modules/vite/bin/vite.js', 'preview', '--port', '0'], { cwd: project });
  // SwiftShader is slower than WebAssembly, and its engine a large download
  url = `${await printedUrl(preview)}?engine=onnxruntime-wasm`;
  const worker = await buildWorkerExample();
  plainServer = await serve(worker, { studio: join(project, 'dist'), worker });
  browser = await launchChromium();
  context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 900 } });
  page = await open();
  firstLoad = await page.evaluate(async () => {
    const requests = await (await caches.open((await caches.keys())[0]!)).keys();
    return requests.map((request) => new URL(request.url).pathname);
  });
}, 600_000);

afterAll(async () => {
  await browser.close();
  preview.kill();
  plainServer.close();
});

/** Opens the page and waits for the first translation. */
async function open(): Promise<Page> {
  const opened = await context.newPage();
  opened.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  opened.on('pageerror', (error) => complaints.push(String(error)));
  await opened.goto(url);
  await output(opened, 'The drawing, translated: Drawing to colour').waitFor(patience);
  return opened;
}

/** Builds the other example, with the packages of this one. */
async function buildWorkerExample(): Promise<string> {
  const folder = join(project, 'worker-example');
  await cp(join(root, 'examples/vite-onnxruntime-web-worker'), folder, { recursive: true });
  await run('node', ['../node_modules/typescript/bin/tsc'], { cwd: folder });
  await run('node', ['../node_modules/vite/bin/vite.js', 'build'], {
    cwd: folder,
    env: { NODE_ENV: 'production' },
  });
  return join(folder, 'dist');
}

/**
 * Opens a page on the other server, without a service worker. Its Workers run `program` first.
 *
 * @param model a folder whose model replaces the shipped one
 */
async function openPlain(
  path: string,
  program: string,
  { headers = {}, model }: { headers?: Record<string, string>; model?: string } = {},
): Promise<Page> {
  const plain = await browser.newContext({ locale: 'en-US', serviceWorkers: 'block' });
  const opened = await plain.newPage();
  await opened.route('**/cyclegan.worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${program}\n${await response.text()}` });
  });
  await opened.route('**/index.html*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), ...headers } });
  });
  if (model !== undefined) {
    await opened.route('**/model/AtoB/*', (route) =>
      route.fulfill({ path: join(project, model, basename(new URL(route.request().url()).pathname)) }),
    );
  }
  await opened.goto(`${plainServer.url}plain/${path}`);
  return opened;
}

const withoutWebGPU = "Object.defineProperty(WorkerNavigator.prototype, 'gpu', { value: undefined });";

/** Takes a screenshot for the docs, if they are wanted. */
async function screenshot(name: string, width: number, height: number): Promise<void> {
  if (!screenshots) return;
  await page.setViewportSize({ width, height });
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(screenshots, name) });
  await page.setViewportSize({ width: 1280, height: 900 });
}

const output = (on: Page, name: string | RegExp) => on.getByRole('img', { name });

/** The pixels of a canvas, as base64. */
const pixels = (id: string, on = page) =>
  on.locator(`#${id}`).evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

/** Waits until the translation is another one. */
const changed = (from: string, on = page) =>
  on.waitForFunction(
    (old) => (document.getElementById('output') as HTMLCanvasElement).toDataURL() !== old,
    from,
    patience,
  );

/** Small images with a circle. */
async function images(set: string, count: number, ground: string, colour: string): Promise<void> {
  await mkdir(join(project, set));
  for (let i = 0; i < count; i++) {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48"><rect width="48" height="48" fill="${ground}"/>
      <circle cx="${20 + 4 * i}" cy="24" r="12" fill="none" stroke="${colour}" stroke-width="3"/></svg>`;
    await sharp(Buffer.from(svg))
      .removeAlpha()
      .png()
      .toFile(join(project, set, `${i}.png`));
  }
}

/** Drops files on an element. */
async function drop(selector: string, paths: readonly string[]): Promise<void> {
  const files = await Promise.all(
    paths.map(async (path) => [path.split('/').at(-1)!, (await readFile(path)).toString('base64')] as const),
  );
  await page.locator(selector).evaluate(async (place, given) => {
    const dataTransfer = new DataTransfer();
    for (const [name, base64] of given) {
      const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
      dataTransfer.items.add(new File([blob], name, { type: 'image/png' }));
    }
    place.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true, bubbles: true }));
  }, files);
}

/** Drops a folder as a person does. */
async function dropFolder(selector: string, path: string): Promise<void> {
  const devtools = await context.newCDPSession(page);
  const place = page.locator(selector);
  await place.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await place.boundingBox())!;
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', {
      type,
      x: x + width / 2,
      y: y + height / 2,
      data: { items: [], files: [path], dragOperationsMask: 1 },
    });
  }
}

const inSet = async (set: string) =>
  (await readdir(join(project, set))).sort().map((name) => join(project, set, name));

async function expectAccessible(): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in window))) {
    await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core') });
  }
  const { violations } = await page.evaluate(() => (window as never as { axe: typeof axe }).axe.run());
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([]);
}

test('a stroke of the pointer changes the translation, and the page says what computes', async () => {
  await page.getByText('Ready: ONNX Runtime on the processor (WebAssembly)').waitFor(patience);
  await screenshot('studio.png', 1280, 860);
  await screenshot('studio-phone.png', 390, 844);
  const first = await pixels('output');
  const { data, info } = await sharp(Buffer.from(first.split(',')[1]!, 'base64'))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([64, 64]);
  const [red, green, blue] = data.subarray(3 * (64 * 32 + 32)); // the middle of the face is yellow
  expect(Math.min(red!, green!) - blue!).toBeGreaterThan(100);

  await page.getByRole('button', { name: 'Clear' }).click();
  await changed(first);
  const empty = await pixels('output');
  const { x, y, width } = (await page.locator('#board').boundingBox())!;
  await page.mouse.move(x + 0.3 * width, y + 0.3 * width);
  await page.mouse.down();
  await page.mouse.move(x + 0.7 * width, y + 0.3 * width, { steps: 4 });
  await page.mouse.move(x + 0.5 * width, y + 0.7 * width, { steps: 4 });
  await page.mouse.up();
  await changed(empty);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.waitForFunction(
    (old) => (document.getElementById('output') as HTMLCanvasElement).toDataURL() === old,
    empty,
    patience,
  );
  await page.locator('#board').focus(); // by keyboard
  for (const key of ['Space', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
  await changed(empty);
  await page.getByRole('button', { name: 'Face' }).click();
}, 300_000);

test('a dropped image is translated, in both directions, and compared', async () => {
  await drop('main', [join(project, 'b/0.png')]);
  await output(page, '0.png, translated: Drawing to colour').waitFor(patience);
  await page.getByLabel('Direction').selectOption('BtoA');
  await output(page, '0.png, translated: Colour to drawing').waitFor(patience);
  await page.getByLabel('Share of the input that is shown').fill('80');
  expect(
    await page.locator('#compare').evaluate((element) => element.style.getPropertyValue('--share')),
  ).toBe('80%');
  await expectAccessible();
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible();
  await page.emulateMedia({ colorScheme: 'light' });
}, 300_000);

test('the camera is translated live', async () => {
  await page.getByLabel('Direction').selectOption('AtoB');
  await page.getByRole('button', { name: 'Camera' }).click();
  await output(page, 'The camera, translated: Drawing to colour').waitFor(patience);
  for (let i = 0; i < 2; i++) await changed(await pixels('output')); // its test image moves
  await page.getByText(/images a second/).waitFor(patience);
  await page.getByRole('button', { name: 'Draw', exact: true }).click();
}, 300_000);

test('what goes wrong is said in words', async () => {
  const alert = page.getByRole('alert');
  await drop('main', [join(root, 'README.md')]);
  await alert.getByText('This file is not an image that the browser can read.').waitFor();
  await page.locator('#model').selectOption('files');
  await page.getByLabel('Files or a zip').setInputFiles({
    name: 'model.zip',
    mimeType: 'application/zip',
    buffer: Buffer.from('no zip'),
  });
  await alert.getByText('A file of the model is missing.').waitFor();
  await page.getByRole('button', { name: 'Close this message' }).click();
  expect(await page.locator('#model').inputValue()).toBe('shipped');
  expect(complaints.splice(0)).toEqual([]);
}, 300_000);

test('in a folder of a server without headers and without WebGPU it works and says what is missing, as do damaged models and a lost network', async () => {
  const opened = await openPlain('studio/index.html', withoutWebGPU, {
    headers: { 'permissions-policy': 'camera=()' },
  });
  const alert = opened.getByRole('alert');
  await opened.getByText('Ready: ONNX Runtime on the processor (WebAssembly), 1 thread').waitFor(patience);
  await output(opened, 'The drawing, translated: Drawing to colour').waitFor(patience);
  const advice = await opened.locator('#engine-advice').textContent();
  expect(advice).toContain(
    'WebAssembly has one thread only, because this page is not cross-origin isolated.',
  );
  expect(advice).toContain('This browser has no WebGPU.');

  await opened.getByRole('button', { name: 'Camera' }).click();
  await alert.getByText('then press Camera again.').waitFor();

  const model = join(project, 'dist/model/AtoB');
  const files = (await readdir(model)).map((name) => ({ name, mimeType: 'application/octet-stream' }));
  const whole = await Promise.all(
    files.map(async (file) => ({ ...file, buffer: await readFile(join(model, file.name)) })),
  );
  const weights = whole.find(({ name }) => name.endsWith('.bin'))!;
  const others = whole.filter((file) => file !== weights);
  const other = Buffer.from(weights.buffer);
  other[100]! ^= 1;
  for (const buffer of [weights.buffer.subarray(0, 1000), other]) {
    await opened.locator('#model').selectOption('files');
    await opened.getByLabel('Files or a zip').setInputFiles([...others, { ...weights, buffer }]);
    await alert.getByText('This is not a saved CycleGAN, or its file is damaged.').waitFor();
    await opened.getByRole('button', { name: 'Close this message' }).click();
  }

  await opened.context().setOffline(true);
  await opened.locator('#model').selectOption('url');
  await opened.locator('#url').fill('https://models.invalid/model.json');
  await opened.locator('#url').press('Enter');
  await alert.getByText('You are offline, and this model has not been downloaded yet.').waitFor();
  await opened.context().setOffline(false);
  expect(await opened.locator('#model').inputValue()).toBe('shipped');

  // no more memory: what needs more than there is fails, and less works again
  for (const worker of opened.workers()) {
    await worker.evaluate(() => {
      WebAssembly.Memory.prototype.grow = () => {
        throw new RangeError('out of memory');
      };
    });
  }
  await opened.getByLabel('Detail').selectOption('256');
  await alert.getByText('There is not enough memory for this image. Choose less detail').waitFor(patience);
  const last = await pixels('output', opened);
  await opened.getByLabel('Detail').selectOption('64');
  await opened.getByRole('button', { name: 'Clear' }).click();
  await changed(last, opened);
  await opened.context().close();
}, 300_000);

test('a graphics card that is lost is replaced', async () => {
  const keepDevice = `const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (...given) {
      return (globalThis.device = await requestDevice.apply(this, given));
    };`;
  await writeFile(
    join(project, 'tiny.mjs'),
    `import '@tensorflow/tfjs-backend-cpu';
     import { CycleGAN } from 'ts-cyclegan';
     import { fileSystem } from 'ts-cyclegan/node';
     const sizes = { inputShape: [32, 32, 3], filters: 2, residualBlocks: 1, discriminatorFilters: 2, initializerGain: 0.1 };
     await new CycleGAN({ convention: 'pytorch', seed: 1, ...sizes }).save(fileSystem('tiny'), { direction: 'AtoB' });`,
  );
  await run('node', ['tiny.mjs'], { cwd: project }); // in software, WebGPU is slow
  const opened = await openPlain('studio/index.html?engine=onnxruntime-webgpu', keepDevice, {
    model: 'tiny',
  });
  await output(opened, 'The drawing, translated: Drawing to colour').waitFor(patience);
  const last = await pixels('output', opened);
  for (const worker of opened.workers()) {
    await worker.evaluate(() => (globalThis as never as { device: GPUDevice }).device.destroy());
  }
  await opened.getByRole('button', { name: 'Clear' }).click();
  const lost =
    'The engine has stopped, perhaps because the graphics card was lost. It has been started again.';
  await opened.getByRole('alert').getByText(lost).waitFor(patience);
  await changed(last, opened);
  await opened.context().close();
}, 300_000);

test('the smallest page trains in a Worker, pauses, and resumes after a reload', async () => {
  const packages = async (folder: string) => {
    const text = await readFile(join(folder, 'package.json'), 'utf8');
    const { dependencies, devDependencies } = JSON.parse(text) as Record<string, Record<string, string>>;
    return { ...dependencies, ...devDependencies };
  };
  const own = await packages(join(root, 'examples/vite-onnxruntime-web-worker'));
  expect(await packages(join(root, 'examples/browser-studio'))).toMatchObject(own);
  const opened = await openPlain('worker/index.html', withoutWebGPU);
  await opened.getByText('Ready, after 0 steps.').waitFor(patience);
  await opened.getByRole('button', { name: 'Train' }).click();
  await output(opened, 'The circle as a square, after 5 steps').waitFor(patience);
  await opened.getByRole('button', { name: 'Pause' }).click();
  const status = opened.getByRole('status');
  await status.getByText(/^Paused after/).waitFor(patience);
  const [steps] = /\d+/.exec((await status.textContent())!)!;
  await opened.reload();
  await opened.getByText(`Ready, after ${steps} steps.`).waitFor(patience);
  await opened.context().close();
}, 300_000);

test('training on dropped images resumes after a reload, and its model loads in Node', async () => {
  await page.getByRole('tab', { name: 'Train' }).click();
  await expectAccessible();
  await dropFolder('#zone-a', join(project, 'a'));
  await drop('#zone-b', await inSet('b'));
  await page.getByText('3 images', { exact: true }).waitFor();
  await page.getByLabel('Name').fill('circles');
  await page.getByLabel('Size').selectOption('32');
  await page.getByLabel('Networks').selectOption('4,1');
  await page.getByRole('spinbutton', { name: 'Epochs' }).fill('1000');
  await page.getByRole('button', { name: 'Start training' }).click();
  await output(page, 'as B').waitFor(patience); // a sample, after ten steps
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).waitFor(patience);
  const step = await stepShown();
  expect(step).toBeGreaterThanOrEqual(10);
  await expectAccessible();

  await page.reload();
  await page.getByRole('button', { name: 'Resume circles' }).click();
  await page.waitForFunction(
    (from) => Number(/^Step (\d+)/.exec(document.getElementById('run-progress')!.textContent)?.[1]) >= from,
    step + 10,
    patience,
  );
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).waitFor(patience);
  expect(await stepShown()).toBeGreaterThan(step);

  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the model' }).click();
  await (await downloading).saveAs(join(project, 'circles.zip'));
  await writeFile(
    join(project, 'load.mjs'),
    `import '@tensorflow/tfjs-backend-cpu';
     import { unzipSync } from 'fflate';
     import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
     import { CycleGAN } from 'ts-cyclegan';
     import { fileSystem } from 'ts-cyclegan/node';
     mkdirSync('circles');
     for (const [path, bytes] of Object.entries(unzipSync(readFileSync('circles.zip')))) writeFileSync(path, bytes);
     console.log((await CycleGAN.load(fileSystem('circles'))).generatorG.inputs[0].shape);`,
  );
  expect((await run('node', ['load.mjs'], { cwd: project })).stdout).toContain('[ null, 32, 32, 3 ]');

  await page.getByRole('button', { name: 'Use it in Translate' }).click();
  await page.getByRole('option', { name: 'circles' }).waitFor({ ...patience, state: 'attached' });
  await output(page, 'The drawing, translated: A to B').waitFor(patience);
  expect(complaints.splice(0)).toEqual([]);
}, 400_000);

const stepShown = async () =>
  Number(/^Step (\d+)/.exec((await page.locator('#run-progress').textContent())!)![1]);

test('the first load is bounded, and enough to work offline', async () => {
  let sent = 0;
  for (const path of firstLoad) {
    sent += gzipSync(await readFile(join(project, 'dist', path === '/' ? 'index.html' : path))).length;
  }
  if (screenshots) console.log(`The first load has ${(sent / 1e6).toFixed(1)} MB, compressed.`);
  expect(sent).toBeLessThan(8.5e6);
  expect(sent).toBeGreaterThan(5e6); // the engine and the model were among them

  preview.kill();
  await page.goto(url);
  await output(page, 'The drawing, translated: Drawing to colour').waitFor(patience);
  complaints.length = 0; // the browser reports that it asked for a new service worker
}, 300_000);
