/** Tests of `useBestEngine`, for the browser of `browser.test.ts`. */
import * as tf from '@tensorflow/tfjs';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { compute, expected, inputs } from '../../src/browser/engines/workload.js';
import type { Bench } from './page/page.js';

declare const bench: Bench; // in the page

const worst = (got: ArrayLike<number>, right: readonly number[]): number =>
  right.reduce((most, value, i) => Math.max(most, Math.abs(got[i]! - value)), 0);

/** @param open opens another page, prepared before it is loaded */
export function engineTests(
  page: () => Page,
  open: (path: string, prepare: (page: Page) => Promise<unknown>) => Promise<Page>,
): void {
  describe('engines', () => {
    test('the fastest engine is chosen, with its reason, and remembered', async () => {
      const { own, first, backend, second, isolated } = await page().evaluate(async () => {
        const own = await bench.useBestEngine({ engines: ['tfjs-cpu'] });
        const options = { patience: 200_000 };
        const first = await bench.useBestEngine(options);
        const backend = bench.tf.getBackend();
        const second = await bench.useBestEngine(options);
        return { own, first, backend, second, isolated: crossOriginIsolated };
      });
      expect(isolated).toBe(true);
      expect(own.reason).toBe('TensorFlow.js in plain JavaScript is the only engine that was asked for.');
      expect(first.reports.map(({ name, status }) => [name, status])).toEqual([
        ['onnxruntime-webgpu', 'measured'],
        ['tfjs-webgpu', 'measured'],
        ['onnxruntime-wasm', 'measured'],
        ['tfjs-webgl', 'skipped'],
        ['tfjs-cpu', 'skipped'],
      ]);
      const titles: Record<string, string> = {
        'onnxruntime-webgpu': 'ONNX Runtime on WebGPU',
        'tfjs-webgpu': 'TensorFlow.js on WebGPU',
        'onnxruntime-wasm': 'ONNX Runtime on WebAssembly',
      };
      const measured = first.reports.filter(({ status }) => status === 'measured');
      const best = measured.reduce((a, b) => (b.milliseconds! < a.milliseconds! ? b : a));
      const [chosen, ...others] = [best, ...measured.filter((each) => each !== best)].map(
        ({ name, milliseconds }) => `${titles[name]} needs ${milliseconds} ms`,
      );
      expect(first.name).toBe(best.name);
      expect(first.reason).toBe(
        `${chosen} for a sample computation; ${others.join(', ')}. TensorFlow.js on WebGL: WebGPU works on the same graphics ` +
          'card, and is faster. TensorFlow.js in plain JavaScript: It is always slower.',
      );
      expect(backend).toBe(first.backend);
      expect(first.remembered).toBe(false);
      expect(second).toMatchObject({ name: first.name, reason: first.reason, remembered: true });
    });

    test('without WebGPU, WebGL and WebAssembly are measured, each time', async () => {
      const withoutWebGPU = (fresh: Page) =>
        fresh.addInitScript(() => Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined }));
      const reports = (path: string, times: number) =>
        open(path, withoutWebGPU).then(async (opened) => {
          const result = await opened.evaluate(async (times) => {
            const lists = [];
            for (let i = 0; i < times; i++) {
              const { reports } = await bench.useBestEngine({ remember: false, patience: 200_000 });
              lists.push(
                reports.map(({ name, status, note }) => [name, status === 'measured' ? status : note]),
              );
            }
            return lists;
          }, times);
          await opened.close();
          return result;
        });
      const noWebGPU = 'This browser has no WebGPU. A current Chrome, Edge, Safari or Firefox may have it.';
      const expected = (webgl: string) => [
        ['onnxruntime-webgpu', noWebGPU],
        ['tfjs-webgpu', noWebGPU],
        ['onnxruntime-wasm', 'measured'],
        ['tfjs-webgl', webgl],
        ['tfjs-cpu', 'It is always slower.'],
      ];
      const allowed = expected('measured'); // in software
      expect(await reports('?tfjsflags=SOFTWARE_WEBGL_ENABLED:true', 2)).toEqual([allowed, allowed]);
      const refused = 'It does not start on this device: the browser finds no graphics card that it can use.';
      expect(await reports('', 1)).toEqual([expected(refused)]);
    });

    test('the sample computation has the results that engines are checked with', async () => {
      for (const purpose of ['translation', 'training'] as const) {
        const given = inputs();
        const result = compute(purpose, given);
        expect(worst(await result.data(), expected[purpose])).toBeLessThan(1e-4);
        tf.dispose([result, given.image, given.filter]);
      }
    });

    test('without headers and without WebGPU, the advice says what is missing', async () => {
      const opened = await open('plain/', (fresh) =>
        fresh.addInitScript(() => Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined })),
      );
      const result = await opened.evaluate(async () => {
        const refused = await bench.failure(() => bench.useBestEngine({ engines: ['onnxruntime-webgpu'] }));
        const { threads, advice } = await bench.useBestEngine({ engines: ['onnxruntime-wasm'] });
        return { refused, threads, advice };
      });
      await opened.close();
      const noWebGPU = 'This browser has no WebGPU. A current Chrome, Edge, Safari or Firefox may have it.';
      expect(result).toEqual({
        refused: {
          code: 'UNSUPPORTED',
          message: `useBestEngine: no engine works on this device. ONNX Runtime on WebGPU: ${noWebGPU}`,
        },
        threads: 1,
        advice: [
          'WebAssembly has one thread only, because this page is not cross-origin isolated. Let the server send the headers ' +
            'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp with the page and its Workers.',
          noWebGPU,
        ],
      });
    });
  });
}
