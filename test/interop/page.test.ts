/** In a real browser, onnxruntime-web and TensorFlow.js run exported models, and return the images that the model returns here. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import type * as Ort from 'onnxruntime-node'; // it has the same API
import { exportOnnx, exportTfjs } from 'ts-cyclegan/interop';
import { expect, test } from 'vitest';
import { toLevels } from '../../src/data/preprocess.js';
import { disposeNetwork } from '../../src/layers/networks.js';
import { serve } from '../browser/serve.js';
import { launchChromium } from '../support/chromium.js';
import { emptyFolder } from '../support/folder.js';
import { withoutLeaks } from '../support/leaks.js';
import { disturbed, networks } from './networks.js';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** An image: levels of `[height, width, 3]`. */
interface Image {
  levels: number[];
  shape: number[];
}

/** The page, whose scripts are onnxruntime-web and TensorFlow.js as they are published. */
const html = `<!doctype html><title>Exports</title><script src="/tfjs/tf.min.js"></script>
<script type="module">import * as ort from '/ort/ort.wasm.bundle.min.mjs'; globalThis.ort = ort;</script>`;

/** Runs in the page: the levels from the ONNX model in a folder, and the values from the graph model. */
async function inPage({
  folder,
  levels,
  shape,
}: Image & { folder: string }): Promise<{ onnx: number[]; graph: number[] }> {
  const { ort, tf: page } = globalThis as unknown as {
    ort: typeof Ort;
    tf: typeof tf;
  };
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = '/ort/';
  const session = await ort.InferenceSession.create(`/${folder}/model.onnx`);
  const input = new ort.Tensor('uint8', Uint8Array.from(levels), [1, ...shape]);
  const { output } = await session.run({ input });

  await page.ready();
  const model = await page.loadGraphModel(`/${folder}/model.json`);
  const image = page.sub(page.div(page.tensor(levels, [1, ...shape]), 127.5), 1);
  const translated = model.predict(image) as tf.Tensor;
  return {
    onnx: [...(output!.data as Uint8Array)],
    graph: [...(await translated.data())],
  };
}

test('exported models in a browser', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    await writeFile(join(folder, 'index.html'), html);
    const exported = ['instance', 'separable', 'antialias'].map(
      (name) => [name, disturbed(networks[`resnet pytorch ${name}`]!.build())] as const,
    );
    for (const [name, network] of exported) {
      await mkdir(join(folder, name));
      const bytes = await exportOnnx(network, { uint8: true, layout: 'NHWC' });
      await writeFile(join(folder, name, 'model.onnx'), bytes);
      for (const [file, content] of Object.entries(await exportTfjs(network))) {
        await writeFile(join(folder, name, file), content);
      }
    }
    const server = await serve(folder, {
      ort: join(modules, 'onnxruntime-web/dist'),
      tfjs: join(modules, '@tensorflow/tfjs/dist'),
    });
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      for (const [name, network, size] of exported.flatMap(([name, network]) => [
        [name, network, [16, 24]] as const,
        [name, network, [19, 17]] as const,
      ])) {
        const levels = tf.randomUniformInt([...size, 3], 0, 256, 5);
        const [values, expected] = tf.tidy(() => {
          const image = tf.sub(tf.div(levels, 127.5), 1);
          const translated = network.predict(tf.expandDims(image)) as tf.Tensor;
          return [translated, toLevels(translated)];
        }) as unknown as [tf.Tensor, tf.Tensor];
        const image = { levels: [...(await levels.data())], shape: levels.shape };
        const { onnx, graph } = await page.evaluate(inPage, { folder: name, ...image });
        expect(onnx).toBeAllClose(await expected.data(), { rtol: 0, atol: 1 });
        expect(graph).toBeAllClose(await values.data(), { rtol: 0, atol: 1e-4 });
        tf.dispose([levels, values, expected]);
      }
    } finally {
      await browser.close();
      server.close();
      for (const [, network] of exported) disposeNetwork(network);
    }
  }));
