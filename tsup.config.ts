import { defineConfig } from 'tsup';
import manifest from './package.json' with { type: 'json' };
import { writeWatch } from './scripts/build-watch.js';

const library = {
  index: 'src/index.ts',
  node: 'src/node/index.ts',
  browser: 'src/browser/index.ts',
  'browser/worker': 'src/browser/worker/serve.ts',
  'backends/onnxruntime': 'src/backends/onnxruntime/index.ts',
};

export default defineConfig({
  entry: { ...library, cli: 'src/cli/main.ts' },
  format: ['esm', 'cjs'],
  target: 'es2022',
  // Without splitting each CJS entry gets a copy of the shared modules, and instanceof fails between entries.
  splitting: true,
  // pbf ships as an ES module only, which Jest and other CommonJS programs cannot load.
  noExternal: ['pbf'],
  // tsup keeps dependencies and peers out of the bundle, but not optional dependencies.
  external: Object.keys(manifest.optionalDependencies),
  clean: true,
  metafile: true, // for the test of THIRD_PARTY.md; not published
  esbuildOptions(options, { format }) {
    // src/watch/files.ts reads import.meta where there is no __filename.
    options.logOverride = { 'empty-import-meta': 'silent' };
    // The command is a program, not a module: it needs no CommonJS form and no declarations.
    if (format === 'cjs') options.entryPoints = library;
  },
  // The page of `watch`, and the program of its server's thread.
  onSuccess: () => writeWatch('dist/watch'),
  // tsup sets baseUrl for the declarations, which TypeScript 6 calls deprecated.
  dts: { entry: library, compilerOptions: { ignoreDeprecations: '6.0' } },
});
