import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));
const alias = [
  { find: /^ts-cyclegan\/node$/, replacement: source('node/index.ts') },
  { find: /^ts-cyclegan\/browser$/, replacement: source('browser/index.ts') },
  { find: /^ts-cyclegan\/browser\/worker$/, replacement: source('browser/worker/serve.ts') },
  { find: /^ts-cyclegan\/interop$/, replacement: source('interop/index.ts') },
  { find: /^ts-cyclegan\/metrics$/, replacement: source('metrics/index.ts') },
  { find: /^ts-cyclegan\/backends\/onnxruntime$/, replacement: source('backends/onnxruntime/index.ts') },
  { find: /^ts-cyclegan$/, replacement: source('index.ts') },
];
const fromSource = {
  setupFiles: ['test/support/setup.ts'],
  testTimeout: 240_000,
  hookTimeout: 240_000,
};
/** What takes long in plain JavaScript, and what does not depend on the backend. */
const computing = [
  'test/trainer/**',
  'test/augment/training.test.ts',
  'test/translate/translate-image.test.ts',
  'test/node/{runs,callbacks}/**',
];
const parsing = ['test/models/{damaged,two-copies}.test.ts'];

const engine = [
  'test/{browser,golden,fuzz,conformance,cli,tools}/**/*.test.ts',
  'test/backends/onnxruntime/{backend,errors,float16,layers,registering,training,webgpu}.test.ts',
  'test/backends/onnxruntime/{compiler,execution,runtime}/*.test.ts',
];
const packed = ['test/package/**/*.test.ts', 'test/examples/**/*.test.ts', 'examples/*/*.test.ts'];

export default defineConfig({
  test: {
    maxWorkers: 3, // tests wait for programs, but these take cores, too
    projects: [
      {
        // Runs from source; the package is imported by its name. The files of a worker share it, which saves loading TensorFlow.js
        // for each of them.
        resolve: { alias },
        test: {
          name: 'source',
          include: ['test/**/*.test.ts'],
          exclude: [...packed, ...engine, ...computing],
          isolate: false,
          ...fromSource,
        },
      },
      {
        // The engine and whole programs: their state is that of a process, so each file has one of its own.
        resolve: { alias },
        test: { name: 'engine', include: engine, ...fromSource },
      },
      {
        // What computes, once more, on the engine of ONNX Runtime; and the trainers, which are much quicker there.
        resolve: { alias },
        test: {
          name: 'onnxruntime',
          include: [
            'test/{layers,blocks,models,translate,losses,augment,trainer}/**/*.test.ts',
            'test/node/{runs,callbacks}/**/*.test.ts',
            'test/golden/golden*.test.ts',
          ],
          exclude: parsing,
          env: { TFJS_BACKEND: 'onnxruntime' },
          isolate: false,
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
