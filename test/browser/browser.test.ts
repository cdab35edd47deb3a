/**
 * `ts-cyclegan/browser` in a real Chromium: images as Node reads them, models, a Worker that translates and trains as Node does, and
 * messages where something is missing. One bundle and one browser for all of it.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { CycleGAN, CycleGANTrainer, Pix2Pix, Random, translateImage, Translator } from 'ts-cyclegan';
import { fileSystem, imageFolder, readImage } from 'ts-cyclegan/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../golden/backends.js';
import { launchChromium } from '../support/chromium.js';
import type { Bench } from './page/page.js';
import { engineTests } from './engine-tests.js';
import { bundle, digest, network, writeImages, writeModels } from './prepare.js';
import { serve, type TestServer } from './serve.js';

declare const bench: Bench; // in the page

const training = { epochs: 2, seed: 3, poolSize: 4 };
const preprocessing = { cropSize: 32 };

let folder: string;
let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  await useBackend('onnxruntime', { freeze: 'never' });
  folder = await mkdtemp(join(tmpdir(), 'ts-cyclegan-browser-'));
  await Promise.all([
    bundle(join(folder, 'page')),
    writeImages(join(folder, 'images')),
    writeModels(join(folder, 'models')),
  ]);
  server = await serve(join(folder, 'page'), {
    images: join(folder, 'images'),
    models: join(folder, 'models'),
  });
  browser = await launchChromium();
  context = await browser.newContext();
  page = await open();
});

afterAll(async () => {
  await browser.close();
  server.close();
  await rm(folder, { recursive: true });
});

async function open(path = '', prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
  const opened = await context.newPage();
  const devtools = await context.newCDPSession(opened);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await opened.exposeFunction('cpuTime', async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value;
  });
  await prepare?.(opened);
  await opened.goto(`${server.url}${path}`);
  await opened.waitForFunction(() => 'bench' in globalThis);
  return opened;
}

/** Values of an image file as the page reads them. */
const inPage = (name: string, options = {}) =>
  page.evaluate(
    async ([name, options]) => {
      const image = await bench.imageToTensor(`images/${name}`, options);
      const values = { values: [...(await image.data())], shape: image.shape };
      image.dispose();
      return values;
    },
    [name, options] as const,
  );

async function inNode(name: string, options = {}) {
  const image = await readImage(join(folder, 'images', name), options);
  const values = { values: [...image.dataSync()], shape: image.shape };
  image.dispose();
  return values;
}

const worst = (got: ArrayLike<number>, right: ArrayLike<number>): number => {
  expect(got.length).toBe(right.length);
  return Array.from(right).reduce((most, value, i) => Math.max(most, Math.abs(got[i]! - value)), 0);
};
const level = 1 / 127.5;
/** Milliseconds of CPU time of the page's main thread for a whole translation or training: no task of it can be longer. */
const smooth = 100;

describe('images', () => {
  beforeAll(async () => {
    await page.evaluate(() => bench.useBestEngine({ engines: ['tfjs-cpu'] }));
  });

  test.each([
    ['colours.png', {}],
    ['colours.png', { channels: 1 }],
    ['grey.png', {}],
    ['photo.jpg', {}],
    ['turned.jpg', {}],
    ['transparent.png', { background: [10, 200, 30] }],
    ['transparent.png', { channels: 4 }],
  ])('%s %j has the levels that sharp reads', async (name, options) => {
    expect(await inPage(name, options)).toEqual(await inNode(name, options));
  });

  test('transparent pixels without WebCodecs differ by two levels at most', async () => {
    const options = { background: [10, 200, 30] };
    const withFrames = await page.evaluateHandle(() => VideoFrame);
    await page.evaluate(() => Reflect.deleteProperty(globalThis, 'VideoFrame'));
    const got = await inPage('transparent.png', options);
    await page.evaluate((VideoFrame) => Object.assign(globalThis, { VideoFrame }), withFrames);
    const right = await inNode('transparent.png', options);
    const difference = worst(got.values, right.values);
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(2.01 * level);
  });

  test('a video element shows its current frame', async () => {
    const values = await page.evaluate(async () => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 24 });
      const context = canvas.getContext('2d')!;
      context.fillStyle = '#e08020';
      context.fillRect(0, 0, 32, 24);
      const srcObject = canvas.captureStream();
      const video = Object.assign(document.createElement('video'), { muted: true, srcObject });
      await video.play();
      const image = await bench.imageToTensor(video);
      const values = [...(await image.data())];
      image.dispose();
      for (const track of srcObject.getTracks()) track.stop();
      return values;
    });
    const right = Array.from({ length: 24 * 32 }, () => [0xe0, 0x80, 0x20].map((x) => x / 127.5 - 1)).flat();
    expect(worst(values, right)).toBeLessThan(3 * level); // videos have other colour spaces
  });

  test('ImageData, bitmaps, canvases and files are the same image, and return as they were', async () => {
    const levels = await page.evaluate(async () => {
      const blob = await (await fetch('images/colours.png')).blob();
      const bitmap = await createImageBitmap(blob);
      const { width, height } = bitmap;
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      const offscreen = new OffscreenCanvas(width, height);
      const contexts = [canvas.getContext('2d')!, offscreen.getContext('2d')!];
      for (const context of contexts) context.drawImage(bitmap, 0, 0);
      const element = new Image();
      element.src = 'images/colours.png';
      await element.decode();
      const data = contexts[0]!.getImageData(0, 0, width, height);
      const frame = new VideoFrame(bitmap, { timestamp: 0 });
      const forms = [blob, new File([blob], 'x.png'), bitmap, canvas, offscreen, data, element, frame];
      const drawn = document.createElement('canvas');
      const lists: number[][] = [[...data.data]];
      for (const form of forms) {
        const tensor = await bench.imageToTensor(form);
        const file = await bench.imageToTensor(await bench.tensorToBlob(tensor));
        await bench.drawImage(tensor, drawn);
        const again = await bench.imageToTensor(drawn);
        for (const image of [tensor, file, again]) {
          lists.push([...(await bench.tensorToImageData(image)).data]);
          image.dispose();
        }
      }
      frame.close();
      return lists.map((list) => String(list) === String(lists[0]));
    });
    expect(levels).toEqual(Array.from({ length: 25 }, () => true));
  });

  test.each([{ convention: 'pytorch' }, { convention: 'keras' }, { training: false }] as const)(
    'image sets preprocess as imageFolder does: %j',
    async (options) => {
      const settings = { ...preprocessing, ...options };
      const files = imageFolder(join(folder, 'images/a'), settings);
      const right: number[][] = [];
      for (let i = 0; i < files.length; i++) {
        const image = await files.get(i, new Random(i));
        right.push([...image.dataSync()]);
        image.dispose();
      }
      const got = await page.evaluate(
        async ([settings, paths]) => {
          const files = await bench.filesAt('images/a', paths);
          const images = bench.imageFiles([...files, new File(['x'], 'notes.txt')], settings);
          const values: number[][] = [];
          for (const round of [0, 1]) {
            for (let i = 0; i < images.length; i++) {
              const image = await images.get(i, new bench.Random(i));
              if (round === 1) values.push([...(await image.data())]); // from the cache
              image.dispose();
            }
          }
          return { values, names: images.names, skipped: images.skipped };
        },
        [settings, [...files.names].reverse()] as const,
      );
      expect(got.names).toEqual(files.names);
      expect(got.skipped).toEqual([{ path: 'notes.txt', reason: 'unsupported format .txt' }]);
      // the reduction of images that are far too large is sharp's own there
      const differences = got.values.map((values, i) => worst(values, right[i]!));
      expect(differences.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
      expect(differences[5]).toBeLessThan(6 * level);
    },
  );
});

describe('models', () => {
  const progress = (path: string) =>
    page.evaluate(async (path) => {
      const steps: { loaded: number; total: number; cached: boolean }[] = [];
      const translator = await bench.loadTranslator(path, {
        direction: 'AtoB',
        onProgress: (step) => steps.push(step),
      });
      translator.dispose();
      return steps.at(-1);
    }, path);
  const failing = (path: string, options = {}) =>
    page.evaluate(([path, options]) => bench.failure(() => bench.loadTranslator(path, options)), [
      path,
      options,
    ] as const);
  const at = (path: string) => JSON.stringify(`${server.url}${path}`);

  test('are downloaded with progress, then come from the cache, and without network too', async () => {
    const first = await progress('models/AtoB/model.json');
    expect(first).toEqual({ loaded: first!.total, total: first!.total, cached: false });
    const asked = server.requests.length;
    expect(await progress('models/AtoB/model.json')).toEqual({ ...first, cached: true });
    expect(server.requests.slice(asked)).toEqual(['/models/AtoB/model.json']);
    await context.setOffline(true);
    try {
      expect(await progress('models/AtoB/model.json')).toEqual({ ...first, cached: true });
      expect(await failing('models/whole/model.json')).toEqual({
        code: 'NETWORK',
        message: `loadTranslator: ${at('models/whole/model.json')} cannot be downloaded: this device is offline. Connect to the internet and try again.`,
      });
    } finally {
      await context.setOffline(false);
    }
  });

  test('a damaged cache is replaced', async () => {
    await page.evaluate(async () => {
      const cache = await caches.open('ts-cyclegan-models');
      for (const request of await cache.keys()) {
        const response = (await cache.match(request))!;
        if (request.url.endsWith('.json')) continue;
        const bytes = new Uint8Array(await response.arrayBuffer());
        bytes[0]! ^= 1;
        await cache.put(request, new Response(bytes, { headers: response.headers }));
      }
    });
    expect(await progress('models/AtoB/model.json')).toMatchObject({ cached: false });
    expect(await progress('models/AtoB/model.json')).toMatchObject({ cached: true });
  });

  test('broken and missing ones', async () => {
    expect(await failing('models/short/model.json')).toEqual({
      code: 'INVALID_MODEL',
      message: expect.stringMatching(
        /^loadTranslator: "weights.*\.bin" of "http.*\/models\/short\/model\.json" must have \d+ bytes of weights, got 100: it is truncated, or from another model\. Load or save the model again\.$/,
      ) as string,
    });
    expect(await failing('models/changed/model.json')).toEqual({
      code: 'INVALID_MODEL',
      message: expect.stringMatching(
        /^loadTranslator: "weights.*\.bin" of "http.*\/models\/changed\/model\.json" has been changed: its SHA-256 hash differs\. Load or save the model again\.$/,
      ) as string,
    });
    expect(await failing('models/none/model.json')).toEqual({
      code: 'NOT_FOUND',
      message: `loadTranslator: there is no file ${at('models/none/model.json')} (the server says 404 Not Found). Check the URL.`,
    });
    expect(await failing('index.html')).toEqual({
      code: 'INVALID_MODEL',
      message: `loadTranslator: ${at('index.html')} is a page, not a model.json. Servers of single-page applications answer so if there is no such file: check the URL.`,
    });
    expect(await failing('indexeddb://none')).toEqual({
      code: 'NOT_FOUND',
      message:
        'loadTranslator: this browser has no model "indexeddb://none". Save it first, with model.save("indexeddb://none").',
    });
    expect(await failing('models/whole/model.json')).toMatchObject({ code: 'INVALID_OPTION' });
  });

  test('are saved in IndexedDB and as files, which Node reads', async () => {
    const files = await page.evaluate(async () => {
      const model = await bench.loadCycleGAN('models/whole/model.json');
      await model.save('indexeddb://whole');
      const files = await bench.modelFiles(model, { direction: 'BtoA' });
      model.dispose();
      for (const source of [files, 'indexeddb://whole']) {
        (await bench.loadTranslator(source, { direction: 'BtoA' })).dispose();
      }
      return Promise.all(
        files.map(async (file) => ({
          name: file.name,
          bytes: [...new Uint8Array(await file.arrayBuffer())],
        })),
      );
    });
    const saved = join(folder, 'saved');
    await mkdir(saved);
    for (const { name, bytes } of files) await writeFile(join(saved, name), Uint8Array.from(bytes));
    const translator = await Translator.load(fileSystem(saved));
    expect(translator.direction).toBe('BtoA');
    translator.dispose();
  });
});

describe('a Worker', () => {
  const engines = ['onnxruntime-wasm'] as const;

  test('translates with pix2pix models too, as the page does', async () => {
    const {
      page: inThePage,
      worker,
      direction,
      refused,
    } = await page.evaluate(async (engines) => {
      await bench.useBestEngine({ engines, threads: 1 });
      const model = await bench.loadPix2Pix('models/pix2pix/model.json');
      const image = await bench.imageToTensor('images/grey.png', { channels: 1 });
      const translated = await bench.translateImage(model, image, undefined, { mode: 'eval' });
      const values = [...(await translated.data())];
      bench.tf.dispose([image, translated]);
      model.dispose();
      const cyclegan = bench.connect();
      await cyclegan.useBestEngine({ engines, threads: 1 });
      const translator = await cyclegan.loadTranslator('models/pix2pix/model.json');
      const sent = await translator.translateValues('images/grey.png', { mode: 'eval' });
      const refused = await bench.failure(() =>
        cyclegan.loadTranslator('models/pix2pix/model.json', { direction: 'AtoB' }),
      );
      cyclegan.terminate();
      return { page: values, worker: [...sent.values], direction: translator.direction, refused };
    }, engines);
    expect(direction).toBe(undefined);
    expect(refused).toEqual({
      code: 'INVALID_OPTION',
      message: `loadTranslator: option "direction" must be left out, because "${server.url}models/pix2pix/model.json" is a Pix2Pix, which has one direction.`,
    });
    const model = await Pix2Pix.load(fileSystem(join(folder, 'models/pix2pix')));
    const image = await readImage(join(folder, 'images/grey.png'), { channels: 1 });
    const right = await translateImage(model, image, undefined, { mode: 'eval' });
    const values = await right.data();
    expect(worst(inThePage, values)).toBeLessThan(1e-4);
    expect(worst(worker, values)).toBeLessThan(1e-4);
    tf.dispose([image, right]);
    model.dispose();
  });

  test('translates as Node does, and the page stays smooth', async () => {
    const { result, busy } = await page.evaluate(
      (engines) =>
        bench.onMainThread(async () => {
          const cyclegan = bench.connect();
          const engine = await cyclegan.useBestEngine({ engines, threads: 1 });
          const translator = await cyclegan.loadTranslator('models/whole/model.json', { direction: 'AtoB' });
          const blob = await (await fetch('images/colours.png')).blob();
          const { values, shape } = await translator.translateValues(blob);
          const { width, height } = await translator.translate(await createImageBitmap(blob));
          const refused = await bench.failure(() => cyclegan.loadTranslator('models/none/model.json'));
          cyclegan.terminate();
          return { engine, values: [...values], shape, size: [height, width], refused };
        }),
      engines,
    );
    const translator = await Translator.load(fileSystem(join(folder, 'models/whole')), { direction: 'AtoB' });
    const image = await readImage(join(folder, 'images/colours.png'));
    const right = await translateImage(translator, image);
    expect(result.shape).toEqual(right.shape);
    expect(result.size).toEqual([41, 67]);
    expect(worst(result.values, right.dataSync())).toBeLessThan(1e-4);
    expect(result.refused).toMatchObject({ code: 'NOT_FOUND' });
    expect(result.engine).toMatchObject({ name: 'onnxruntime-wasm', backend: 'onnxruntime-wasm' });
    tf.dispose([image, right]);
    translator.dispose();
    expect(busy).toBeLessThan(smooth);
  });

  test('keeps its memory over a hundred translations and ten models', async () => {
    const counts = await page.evaluate(async (engines) => {
      const cyclegan = bench.connect();
      await cyclegan.useBestEngine({ engines, threads: 1 });
      const counts: number[] = [];
      const image = await (await fetch('images/colours.png')).blob();
      for (let i = 0; i < 10; i++) {
        const direction = i % 2 === 0 ? 'AtoB' : 'BtoA';
        const translator = await cyclegan.loadTranslator('models/whole/model.json', { direction });
        for (let j = 0; j < 10; j++) await translator.translate(image);
        await translator.dispose();
        counts.push((await cyclegan.memory()).numTensors);
      }
      cyclegan.terminate();
      return counts;
    }, engines);
    expect(counts).toEqual(Array.from({ length: 10 }, () => counts[0]));
  });
});

describe('training in a Worker', () => {
  const names = {
    a: ['a0.png', 'a1.png', 'a2.png', 'a3.png', 'a4.png'],
    b: ['b0.png', 'b1.png', 'b2.png', 'b3.png'],
  };
  const settings = { names, network, training, preprocessing, engines: ['onnxruntime-wasm'] as const };

  /** Starts or resumes a run in a new Worker, and trains until step `last`, or to the end. */
  const train = (name: string, last: number) =>
    page.evaluate(([settings, name, last]) => bench.train(settings, name, last), [
      settings,
      name,
      last,
    ] as const);

  test('trains as Node does, pauses, survives a reload, and resumes bit for bit', async () => {
    const whole = await train('whole', 1000);
    expect(whole.progress).toEqual({ step: 10, epoch: 2, complete: true });
    expect(whole.losses).toHaveLength(10);
    expect(whole.samples).toEqual([
      [32, 32, 32],
      [32, 32, 32],
    ]);
    expect(whole.checkpoints).toEqual([3, 6, 9, 10]);
    expect(whole.size).toEqual([67, 'model.json']);
    const half = await train('parts', 4);
    expect(half.locked).toEqual({
      code: 'BUSY',
      message: 'resumeTraining: the run "parts" is open in another tab or Worker. Close it there first.',
    });
    await page.reload();
    await page.waitForFunction(() => 'bench' in globalThis);
    const rest = await train('parts', 1000);
    expect(rest.start).toEqual(half.progress);
    expect([...half.losses, ...rest.losses]).toEqual(whole.losses);
    expect(digest(rest.state)).toBe(digest(whole.state));

    const model = new CycleGAN(network);
    const trainer = new CycleGANTrainer(model, training);
    const losses: number[] = [];
    const [a, b] = ['a', 'b'].map((name) => imageFolder(join(folder, 'images', name), preprocessing));
    const small = { ...a!, names: names.a, length: 5, get: (i: number, random: Random) => a!.get(i, random) };
    const onStepEnd = (_: number, { cycle_A }: { cycle_A: number }) => void losses.push(cycle_A);
    await trainer.fit(small as never, b!, { length: 'max', callbacks: { onStepEnd: onStepEnd } });
    expect(worst(whole.losses, losses)).toBeLessThan(1e-3);
    trainer.restore(half.state); // the same object as in Node
    expect(trainer.step).toBe(half.progress.step);
    trainer.dispose();
    model.dispose();
    expect(Math.max(whole.busy, half.busy, rest.busy)).toBeLessThan(smooth);
  });

  test('runs are listed and deleted, and names are used once', async () => {
    const result = await page.evaluate(async () => {
      const before = (await bench.listRuns()).map(({ name, step, epoch, epochs, images }) => ({
        name,
        step,
        epoch,
        epochs,
        images,
      }));
      const cyclegan = bench.connect();
      const state = await bench.runState('whole');
      const files = await bench.filesAt('images/a', ['a0.png']);
      const taken = await bench.failure(() => cyclegan.startTraining('whole', { a: files, b: files }));
      await bench.deleteRun('whole');
      await bench.deleteRun('parts');
      const missing = await bench.failure(() => cyclegan.resumeTraining('whole'));
      cyclegan.terminate();
      return { before, step: state.step, taken, missing, after: await bench.listRuns() };
    });
    const images = { a: 5, b: 4 };
    expect(result).toEqual({
      before: [
        { name: 'parts', step: 10, epoch: 2, epochs: 2, images },
        { name: 'whole', step: 10, epoch: 2, epochs: 2, images },
      ],
      step: 10,
      taken: {
        code: 'INVALID_ARGUMENT',
        message:
          'startTraining: this browser has a run "whole" already. Continue it with resumeTraining, delete it with deleteRun, or choose another name.',
      },
      missing: {
        code: 'NOT_FOUND',
        message: 'resumeTraining: this browser has no run "whole". It has none.',
      },
      after: [],
    });
  });
});

engineTests(() => page, open);

describe('messages', () => {
  test('a camera that is refused, and one that is not there', async () => {
    const results = await page.evaluate(async () => {
      const devices = navigator.mediaDevices;
      const failures = [];
      for (const name of ['NotAllowedError', 'NotFoundError', 'NotReadableError']) {
        devices.getUserMedia = () => Promise.reject(new DOMException('says the browser', name));
        failures.push(await bench.failure(() => bench.openCamera()));
      }
      return failures;
    });
    expect(results).toEqual([
      {
        code: 'UNSUPPORTED',
        message:
          'openCamera: the camera was refused. Allow it for this page in the settings of the browser, then try again.',
      },
      {
        code: 'UNSUPPORTED',
        message: 'openCamera: this device has no such camera. Connect one, or ask for another size.',
      },
      {
        code: 'BUSY',
        message:
          'openCamera: the camera cannot be started. Close other programs and tabs that use it, then try again.',
      },
    ]);
  });

  test('images and files that are none', async () => {
    const results = await page.evaluate(async () => {
      const file = new File(['no image'], 'broken.png', { type: 'image/png' });
      const wrong = [7, file, document.createElement('video')] as never[];
      const set = (files: File[]) =>
        bench.failure(() => Promise.resolve().then(() => bench.imageFiles(files)));
      return [
        ...(await Promise.all(wrong.map((image) => bench.failure(() => bench.imageToTensor(image))))),
        await set([new File([''], 'notes.txt')]),
        await set([]),
        await set([file, file]),
      ];
    });
    expect(results).toEqual([
      {
        code: 'INVALID_ARGUMENT',
        message:
          'imageToTensor: expected an ImageBitmap, ImageData, canvas, image or video element, VideoFrame, File, Blob or the URL of an image, got 7.',
      },
      {
        code: 'INVALID_DATA',
        message:
          'imageToTensor: "broken.png" (image/png) cannot be decoded by this browser. It is damaged, or not an image of a format that browsers read (JPEG, PNG, WebP, GIF, AVIF). Choose another file.',
      },
      {
        code: 'INVALID_DATA',
        message:
          'imageToTensor: the HTMLVideoElement has no pixels yet. Wait until it has loaded ("load" of an image, "loadeddata" of a video), and give a canvas a size.',
      },
      {
        code: 'INVALID_DATA',
        message:
          'imageFiles: files must have at least one image (.avif, .gif, .jfif, .jpe, .jpeg, .jpg, .png, .webp), got none among 1 files.',
      },
      {
        code: 'INVALID_ARGUMENT',
        message:
          'imageFiles: expected the files of an input or of a drop, or a list of Files, got an empty list.',
      },
      {
        code: 'INVALID_ARGUMENT',
        message:
          'imageFiles: two files have the path "broken.png". Names must be unique, so that training can be resumed. Rename one.',
      },
    ]);
  });

  test('a Worker that does not start, and one that has ended', async () => {
    const results = await page.evaluate(async () => {
      const missing = bench.connectWorker(new Worker('nowhere.js', { type: 'module' }));
      const ended = bench.connect();
      ended.terminate();
      return [await bench.failure(() => missing.memory()), await bench.failure(() => ended.memory())];
    });
    expect(results).toEqual([
      {
        code: 'ENGINE',
        message:
          "connectWorker: the Worker does not start. Check the URL of its file, which must import 'ts-cyclegan/browser/worker' and call serve().",
      },
      { code: 'DISPOSED', message: 'connectWorker: the Worker has been terminated. Connect a new one.' },
    ]);
  });
});
