/**
 * tfjs-core's own specs, which its npm package holds as compiled files: bundled with one copy of tfjs-core, each
 * file to be loaded on demand. tfjs' engine and its tables of kernels are global, so a backend that another copy
 * of tfjs-core has registered is the one that is tested.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const core = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core/package.json'));
const cache = fileURLToPath(new URL('../../node_modules/.cache/conformance', import.meta.url));

/** A file of specs: the name that reports use, and its path. */
export interface SpecFile {
  readonly name: string;
  readonly path: string;
}

/** The files that tfjs-core lists in its own `tests.js`. */
export async function coreSpecs(): Promise<SpecFile[]> {
  const list = await readFile(join(core, 'dist/tests.js'), 'utf8');
  return [...list.matchAll(/^import '\.\/(.+?)';/gm)].map(([, name]) => ({
    name: name!,
    path: join(core, 'dist', `${name}.js`),
  }));
}

/**
 * Bundles `files` for the time of `use`, which is given the path of a CommonJS module that exports `files`,
 * `setTestEnvs` and `engine`. Each call has a bundle of its own, so that runs at the same time do not mix.
 */
export async function withBundle<T>(
  files: readonly SpecFile[],
  use: (path: string) => Promise<T>,
): Promise<T> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'run-'));
  try {
    const path = join(folder, 'specs.cjs');
    await bundle(files, path);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function bundle(files: readonly SpecFile[], outfile: string): Promise<void> {
  const dist = join(core, 'dist');
  const text = JSON.stringify;
  const contents = `
    import ${text(join(dist, 'index.js'))};
    import ${text(join(dist, 'public/chained_ops/register_all_chained_ops.js'))};
    import ${text(join(dist, 'register_all_gradients.js'))};
    export { setTestEnvs } from ${text(join(dist, 'jasmine_util.js'))};
    export { engine } from ${text(join(dist, 'globals.js'))};
    export const files = {
      ${files.map(({ name, path }) => `${text(name)}: () => require(${text(path)})`).join(',\n')}
    };`;
  await build({
    stdin: { contents, resolveDir: dist, loader: 'js' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    keepNames: true,
    mainFields: ['module', 'main'],
    alias: { '@tensorflow/tfjs-core/dist': dist, '@tensorflow/tfjs-core': join(dist, 'index.js') },
    external: ['jasmine-core'],
    logLevel: 'error',
    logOverride: {
      'direct-eval': 'silent',
      'require-resolve-not-external': 'silent',
      'equals-negative-zero': 'silent',
    },
  });
}
