import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { defineConfig } from 'tsup';
import manifest from './package.json' with { type: 'json' };
import { writeWatch } from './scripts/build-watch.js';

const library = {
  index: 'src/index.ts',
  node: 'src/node/index.ts',
  browser: 'src/browser/index.ts',
  'browser/worker': 'src/browser/worker/serve.ts',
  interop: 'src/interop/index.ts',
  metrics: 'src/metrics/index.ts',
  'backends/onnxruntime': 'src/backends/onnxruntime/index.ts',
};

/**
 * Writes a declaration file for each source file, and returns those of the entries, which tsup joins. TypeScript 7 does it in a
 * second; tsup would do it from the sources, with the API of TypeScript 6, in half a minute.
 */
function declarations(): Record<string, string> {
  rmSync('dist-types', { recursive: true, force: true });
  execFileSync('node', ['node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
  });
  const declared = (source: string) => source.replace(/^src(.*)ts$/, 'dist-types$1d.ts');
  return Object.fromEntries(Object.entries(library).map(([name, source]) => [name, declared(source)]));
}

export default defineConfig(() => ({
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
  dts: { entry: declarations(), compilerOptions: { ignoreDeprecations: '6.0' } },
}));
