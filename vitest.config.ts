import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));
const alias = [
  { find: /^ts-cyclegan\/node$/, replacement: source('node/index.ts') },
  { find: /^ts-cyclegan\/browser$/, replacement: source('browser/index.ts') },
  { find: /^ts-cyclegan\/browser\/worker$/, replacement: source('browser/worker/serve.ts') },
  { find: /^ts-cyclegan\/backends\/onnxruntime$/, replacement: source('backends/onnxruntime/index.ts') },
  { find: /^ts-cyclegan$/, replacement: source('index.ts') },
];
const fromSource = {
  setupFiles: ['test/support/setup.ts'],
  testTimeout: 240_000,
  hookTimeout: 240_000,
};
const packed = ['test/package/**/*.test.ts', 'test/examples/**/*.test.ts', 'examples/*/*.test.ts'];

export default defineConfig({
  test: {
    maxWorkers: '100%', // all cores: few machines that run this have many
    projects: [
      {
        // Imports the package by its name and runs from source.
        resolve: { alias },
        test: { name: 'source', include: ['test/**/*.test.ts'], exclude: packed, ...fromSource },
      },
      {
        // What computes, once more, on the engine of ONNX Runtime.
        resolve: { alias },
        test: {
          name: 'onnxruntime',
          include: [
            'test/{layers,blocks,models,translate,losses,trainer}/**/*.test.ts',
            'test/golden/golden*.test.ts',
          ],
          env: { TFJS_BACKEND: 'onnxruntime' },
          ...fromSource,
        },
      },
      {
        // Tries what ships: programs that use the packed tarball.
        test: {
          name: 'package',
          include: packed,
          globalSetup: ['test/support/pack.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
