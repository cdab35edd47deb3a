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
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../../support/chromium.js';
import { run } from '../../support/run.js';
import { swiftshaderEnvironment } from '../../support/swiftshader.js';
import type { Answer, Job } from './webgpu/in-browser.js';
import { type Outcome, translateAndTrain } from './webgpu/translate-and-train.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const SLOW = 600_000; // WebGPU in software

let truth: Outcome;
let server: Server;
let browser: Browser;

beforeAll(async () => {
  truth = await translateAndTrain();
  expect(truth.leaked).toBe(0);
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

function expectTruth(outcome: unknown): void {
  const { translation, losses, leaked } = outcome as Outcome;
  expect(translation).toHaveLength(32 * 32 * 3);
  expect(losses).toHaveLength(truth.losses.length);
  const worst = (got: number[], right: number[]) =>
    got.reduce((most, x, i) => Math.max(most, Math.abs(x - right[i]!)), 0);
  expect(worst(translation, truth.translation)).toBeLessThan(2e-5);
  expect(worst(losses, truth.losses)).toBeLessThan(2e-5);
  expect(leaked).toBe(0);
}

test(
  'Node',
  async () => {
    const program = 'test/backends/onnxruntime/webgpu/in-node.ts';
    const { stdout } = await run('node', ['--import', 'tsx', program], {
      cwd: root,
      env: await swiftshaderEnvironment(),
    });
    expectTruth(JSON.parse(stdout.trim().split('\n').pop()!));
  },
  SLOW,
);

describe('Chromium', () => {
  test.each(['page', 'Worker'] as const)(
    'WebGPU in a %s',
    async (place) => {
      const job: Job = {
        entry: 'ort.webgpu.bundle.min.mjs',
        backends: [{ options: { executionProviders: ['webgpu'] }, compute: 'a model' }],
      };
      const { results } = await inChromium(job, place);
      expectTruth(results[0]);
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
      expect(numThreads).toBe(2);
    },
    SLOW,
  );

  test(
    'entries that are wrong',
    async () => {
      for (const entry of ['ort.bundle.min.mjs', 'ort.wasm.bundle.min.mjs']) {
        const webgpu = { options: { executionProviders: ['webgpu'] }, compute: 'a sum' } as const;
        const { results } = await inChromium({
          entry,
          backends: [
            webgpu,
            webgpu,
            { options: { executionProviders: ['webgl'], name: 'webgl-of-ort' }, compute: 'a sum' },
            { options: { executionProviders: ['webgpu', 'wasm'], name: 'both' }, compute: 'a sum' },
          ],
        });
        console.log(entry, results);
      }
      console.log(
        await inChromium({
          entry: 'ort.wasm.bundle.min.mjs',
          wasmPaths: '/nowhere/',
          backends: [
            { options: {}, compute: 'a sum' },
            { options: {}, compute: 'a sum' },
            { options: { name: 'x', threads: 3 }, compute: 'a sum' },
          ],
        }),
      );
      console.log(
        await inChromium({
          entry: 'ort.wasm.bundle.min.mjs',
          backends: [
            { options: {}, compute: 'a sum' },
            { options: { name: 'x', threads: 3 }, compute: 'a sum' },
          ],
        }),
      );
      console.log(
        await inChromium({
          entry: 'ort.webgpu.bundle.min.mjs',
          backends: [
            { options: { executionProviders: ['webgpu', 'wasm'] }, compute: 'a sum' },
            { options: { executionProviders: ['webnn'], name: 'x' }, compute: 'a sum' },
            { options: { executionProviders: ['webnn', 'cpu'], name: 'y' }, compute: 'a sum' },
          ],
        }),
      );
    },
    SLOW,
  );
});
