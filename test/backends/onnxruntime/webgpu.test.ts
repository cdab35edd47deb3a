/**
 * ONNX Runtime on WebGPU, in software: in Node, and in Chromium, in a page and in a Worker. A tiny network translates and
 * trains as on tfjs' cpu backend; what computes wrongly, or is not there, is refused.
 */
import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import type { OnnxRuntimeBackendOptions } from 'ts-cyclegan/backends/onnxruntime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPackagedChromium, launchChromium } from '../../support/chromium.js';
import { run } from '../../support/run.js';
import { swiftshaderEnvironment } from '../../support/swiftshader.js';
import type { Answer, Job, WithoutGpu } from './webgpu/in-browser.js';
import {
  type LargerOutcome,
  type Outcome,
  size,
  trainOnLargerImages,
  translateAndTrain,
} from './webgpu/translate-and-train.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const SLOW = 600_000; // WebGPU in software

let truth: Outcome;
let largerTruth: LargerOutcome;
let server: Server;
let browser: Browser;

beforeAll(async () => {
  truth = await translateAndTrain();
  expect(truth.leaked).toBe(0);
  largerTruth = await trainOnLargerImages();
  const { outputFiles } = await build({
    entryPoints: [join(root, 'test/backends/onnxruntime/webgpu/in-browser.ts')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    tsconfig: join(root, 'tsconfig.json'),
    write: false,
    logLevel: 'error',
  });
  server = await serve(outputFiles[0]!.contents);
  browser = await launchChromium();
}, SLOW);

afterAll(async () => {
  await browser.close();
  server.close();
});

/** A page with our program, isolated from other origins so that wasm has threads; and the files of onnxruntime-web. */
async function serve(program: Uint8Array): Promise<Server> {
  const types: Record<string, string> = { '': 'text/html', '.wasm': 'application/wasm' };
  const files: Record<string, string | Uint8Array> = {
    '/': '<!doctype html><title>test</title><script type="module" src="/program.js"></script>',
    '/program.js': program,
  };
  const contentOf = async (path: string) =>
    files[path] ??
    (path.startsWith('/ort/')
      ? readFile(join(root, 'node_modules/onnxruntime-web/dist', basename(path)))
      : Promise.reject(new Error(path)));
  const server = createServer((request, response) => {
    const path = request.url!;
    contentOf(path).then(
      (content) => {
        response.writeHead(200, {
          'Content-Type': types[extname(path)] ?? 'text/javascript',
          'Cross-Origin-Opener-Policy': 'same-origin',
          'Cross-Origin-Embedder-Policy': 'require-corp',
        });
        response.end(content);
      },
      () => {
        response.writeHead(404);
        response.end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}

/** What a new page, or its Worker, makes of a job. */
async function inChromium(job: Job, place: 'page' | 'Worker' = 'page'): Promise<Answer> {
  const page = await browser.newPage();
  try {
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    return await page.evaluate(
      ([job, place]) =>
        (globalThis as never as { answers: Record<string, (job: Job) => Promise<Answer>> }).answers[place]!(
          job,
        ),
      [job, place] as const,
    );
  } finally {
    await page.close();
  }
}

const worst = (got: number[], right: number[]) =>
  got.reduce((most, x, i) => Math.max(most, Math.abs(x - right[i]!)), got.length === right.length ? 0 : NaN);

function expectTruth(outcome: unknown): void {
  const { translation, losses, resumes, leaked } = outcome as Outcome;
  expect(translation).toHaveLength(size * size * 3);
  expect(losses).toHaveLength(truth.losses.length);
  expect(worst(translation, truth.translation)).toBeLessThan(2e-5);
  expect(worst(losses, truth.losses)).toBeLessThan(2e-5);
  expect(resumes).toBe(true);
  expect(leaked).toBe(0);
}

/** Everything but images, scalars and losses stays on the device, where the image pools grow by one image each. */
function expectOnDevice({ steps }: Outcome): void {
  const images = 2 * 4 * size * size * 3;
  for (const { bytesUploaded, bytesDownloaded, graphsCompiled, kernelsRecorded } of steps) {
    expect(bytesUploaded).toBeGreaterThanOrEqual(images);
    expect(bytesUploaded).toBeLessThan(images + 1024);
    expect(bytesDownloaded).toBe(8 * 4); // losses
    expect(graphsCompiled).toBe(0);
    expect(kernelsRecorded).toBeLessThan(10); // the step itself is replayed
  }
  const second = steps[0]!.arraysOnDevice!;
  expect(steps.map(({ arraysOnDevice }) => arraysOnDevice)).toEqual(steps.map((_, i) => second + 2 * i));
}

const noFloat16 = {
  code: 'UNSUPPORTED',
  message:
    'registerOnnxRuntimeBackend: option "precision" is "float16", which this GPU or its driver does not have (WebGPU\'s feature ' +
    '"shader-f16"). Leave the option out.',
};

/** SwiftShader has no float16. With a GPU that has it, losses differ a little more than those of float32. */
function expectFloat16(ofFloat16: Outcome | typeof noFloat16): void {
  if (hasPackagedChromium || 'code' in ofFloat16) {
    expect(ofFloat16).toEqual(noFloat16);
    return;
  }
  expect(ofFloat16).toMatchObject({ resumes: true, leaked: 0 });
  ofFloat16.losses.forEach((loss, i) => {
    expect(Math.abs(loss / truth.losses[i]! - 1)).toBeLessThan(0.1);
  });
}

test(
  'Node',
  async () => {
    const program = 'test/backends/onnxruntime/webgpu/in-node.ts';
    const { stdout } = await run('node', ['--import', 'tsx', program], {
      cwd: root,
      env: await swiftshaderEnvironment(),
    });
    const { training, larger, float16, others } = JSON.parse(stdout.trim().split('\n').pop()!) as {
      training: { result: Outcome; operators: string[]; counted: number };
      larger: { result: LargerOutcome; counted: number };
      float16: Outcome | typeof noFloat16;
      others: { operators: string[]; counted: number };
    };
    expectTruth(training.result);
    expectOnDevice(training.result);
    expect(training).toMatchObject({ operators: [], counted: 0 });
    expect(worst(larger.result.losses, largerTruth.losses)).toBeLessThan(2e-5);
    expect(larger.result.bytes).toBeLessThan(2 * 4 * 64 * 64 * 3 + 1024); // images, scalars and losses
    expect(larger.counted).toBe(0);
    expectFloat16(float16);
    expect(others).toEqual({ operators: ['Round', 'Mod'], counted: 2 });
  },
  SLOW,
);

const gpuIsLost = {
  code: 'DEVICE_LOST',
  message:
    'onnxruntime backend: the GPU is lost: its driver was reset, it was switched off, or the browser took it away. Tensors on it ' +
    'are gone. Create a model again and restore the last state or checkpoint, in this program on another backend ' +
    "(executionProviders: ['cpu'] in Node, ['wasm'] in a page), or on the GPU after a restart of the program or page.",
};

describe('Chromium', () => {
  const options = { executionProviders: ['webgpu'] };

  test.each(['page', 'Worker'] as const)(
    'WebGPU in a %s',
    async (place) => {
      const then: Job['backends'][number] =
        place === 'page'
          ? { options: { ...options, name: 'float16', precision: 'float16' }, compute: 'a sum' }
          : { compute: 'without the GPU' }; // its programs are compiled already
      const job: Job = {
        entry: 'ort.webgpu.bundle.min.mjs',
        backends: [{ options, compute: 'a model' }, then],
      };
      const { results } = await inChromium(job, place);
      expectTruth(results[0]);
      expectOnDevice(results[0] as Outcome);
      if (place === 'page') {
        expect(results[1]).toEqual(noFloat16);
        return;
      }
      const { tooLarge, lost, losses } = results[1] as WithoutGpu;
      expect(tooLarge).toEqual({
        code: 'OUT_OF_MEMORY',
        message:
          'onnxruntime backend: out of memory in a graph of 2 kernels. Use smaller images or batches, or dispose of tensors ' +
          'that are no longer needed.',
      });
      expect(lost).toEqual([gpuIsLost, gpuIsLost]);
      const right = truth.losses.slice(losses.length, 2 * losses.length);
      expect(losses).toHaveLength(8);
      losses.forEach((loss, i) => {
        expect(Math.abs(loss - right[i]!)).toBeLessThan(2e-5);
      });
    },
    SLOW,
  );

  test.each(['page', 'Worker'] as const)(
    'WebAssembly with threads in a %s',
    async (place) => {
      const job: Job = {
        entry: 'ort.wasm.bundle.min.mjs',
        backends: [{ options: { threads: 2 }, compute: 'a model' }],
      };
      const { results, numThreads } = await inChromium(job, place);
      expectTruth(results[0]);
      for (const { kernelsRecorded } of (results[0] as Outcome).steps)
        expect(kernelsRecorded).toBeLessThan(10);
      expect(numThreads).toBe(2);
    },
    SLOW,
  );

  const sum = (options: OnnxRuntimeBackendOptions): Job['backends'][number] => ({
    options,
    compute: 'a sum',
  });
  const webgpu = sum({ executionProviders: ['webgpu'] });
  const list = '"executionProviders" is ["webgpu"], which';
  const advice =
    "WebGPU needs another entry of the package: import * as ort from 'onnxruntime-web/webgpu'. " +
    '"wasm" works everywhere.';

  test(
    'WebGPU of the default entry is refused, each time with the same reason',
    async () => {
      const job: Job = {
        entry: 'ort.bundle.min.mjs',
        backends: [webgpu, webgpu, sum({ name: 'w', executionProviders: ['wasm'] })],
      };
      const { results } = await inChromium(job);
      expect(results).toEqual([results[0], results[0], [4, 5]]);
      expect(results[0]).toEqual({
        code: 'UNSUPPORTED',
        message: expect.stringMatching(
          /^registerOnnxRuntimeBackend: option "executionProviders" is \["webgpu"\], which computes wrongly on this machine \((?:Conv, Tanh and Clip|ConvTranspose): got -?[\d.]+, right is [\d.]+\)\. WebGPU needs another entry of the package: import \* as ort from 'onnxruntime-web\/webgpu'\. "wasm" works everywhere\.$/,
        ) as string,
      });
    },
    SLOW,
  );

  test(
    'an entry without WebGPU, or with wasm beside it',
    async () => {
      const both = sum({ name: 'both', executionProviders: ['webgpu', 'wasm'] });
      const webgl = sum({ name: 'gl', executionProviders: ['webgl'] });
      const job: Job = { entry: 'ort.wasm.bundle.min.mjs', backends: [webgpu, both, webgl] };
      expect((await inChromium(job)).results).toEqual([
        {
          code: 'UNSUPPORTED',
          message:
            `registerOnnxRuntimeBackend: option ${list} does not start on this machine. ONNX Runtime says: no available ` +
            `backend found. ERR: [webgpu] backend not found. ${advice}`,
        },
        [4, 5],
        {
          code: 'UNSUPPORTED',
          message:
            'registerOnnxRuntimeBackend: option "executionProviders" names "webgl", which this ONNX Runtime does not have. ' +
            "It has: wasm, cpu, and webgpu with the entry 'onnxruntime-web/webgpu'.",
        },
      ]);
    },
    SLOW,
  );

  test.each(['wasm', 'webgpu'])(
    'the address of missing files of the entry %s, each time',
    async (entry) => {
      const one = sum({ executionProviders: [entry] });
      const job: Job = { entry: `ort.${entry}.bundle.min.mjs`, wasmPaths: '/nowhere/', backends: [one, one] };
      const { results } = await inChromium(job);
      const { code, message } = results[0] as { code: unknown; message: string };
      expect(results[1]).toEqual({ code, message });
      expect(code).toBe('ENGINE');
      const file = entry === 'wasm' ? 'ort-wasm-simd-threaded' : 'ort-wasm-simd-threaded.asyncify';
      expect(message.replace(/localhost:\d+/, 'localhost')).toBe(
        `onnxruntime backend: ONNX Runtime does not start. It says: no available backend found. ERR: [${entry}] TypeError: ` +
          `Failed to fetch dynamically imported module: http://localhost/nowhere/${file}.mjs. In a browser, its .wasm and ` +
          '.mjs files must be served beside the program, or where ort.env.wasm.wasmPaths says.',
      );
    },
    SLOW,
  );

  test(
    'threads after the first session',
    async () => {
      const job: Job = {
        entry: 'ort.wasm.bundle.min.mjs',
        backends: [sum({ threads: 2 }), sum({ name: 'same', threads: 2 }), sum({ name: 'late', threads: 1 })],
      };
      expect(await inChromium(job)).toEqual({
        results: [
          [4, 5],
          [4, 5],
          {
            code: 'INVALID_OPTION',
            message:
              'registerOnnxRuntimeBackend: option "threads" is 1, but ort.env.wasm.numThreads is 2 already: it was set before, ' +
              'or by the first session. onnxruntime-web has one number of threads for all sessions. Register the backend ' +
              'before the first session, and leave ort.env.wasm.numThreads alone.',
          },
        ],
        numThreads: 2,
      });
    },
    SLOW,
  );
});
