import { defineConfig } from 'tsup';
import { writeWatch } from './scripts/build-watch.js';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    node: 'src/node/index.ts',
    'backends/onnxruntime': 'src/backends/onnxruntime/index.ts',
  },
  format: ['esm', 'cjs'],
  target: 'es2022',
  // Without splitting each CJS entry gets a copy of the shared modules, and instanceof fails between entries.
  splitting: true,
  // pbf ships as an ES module only, which Jest and other CommonJS programs cannot load.
  noExternal: ['pbf'],
  clean: true,
  // src/watch/files.ts reads import.meta where there is no __filename.
  esbuildOptions: (options) => void (options.logOverride = { 'empty-import-meta': 'silent' }),
  // The page of `watch`, and the program of its server's thread.
  onSuccess: () => writeWatch('dist/watch'),
  // tsup sets baseUrl for the declarations, which TypeScript 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
});
