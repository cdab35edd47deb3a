/**
 * What a bundler makes of the entries: nothing of Node, no backend and no native package in the
 * portable one, and sizes that do not creep up.
 */
import { readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';
import { tarball } from '../support/tarball.js';

const peers = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-layers',
  '@tensorflow/tfjs-backend-*',
  'onnxruntime-web/*',
  'sharp',
  'h5wasm',
];
const root = join(import.meta.dirname, '../..');

/** The unpacked tarball; what it depends on comes from the repository. */
let folder: string;
beforeAll(async () => {
  folder = join(dirname(tarball()), 'bundle');
  await mkdir(folder);
  await run('tar', ['-xzf', tarball()], { cwd: folder });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
});

const bundle = (code: string, options?: Pick<BuildOptions, 'external' | 'platform'>) =>
  build({
    stdin: { contents: code, resolveDir: folder },
    alias: { 'ts-cyclegan': join(folder, 'package/dist/index.js') },
    bundle: true,
    minify: true,
    format: 'esm',
    metafile: true,
    write: false,
    logLevel: 'silent',
    ...options,
  });

// Bundling for browsers fails by itself on any Node module.
test('CycleGAN pulls in no Node module, no backend and no native package', async () => {
  const { metafile } = await bundle("export { CycleGAN } from 'ts-cyclegan'");
  const packages = Object.keys(metafile.inputs).map(
    (path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1],
  );
  expect(packages).toContain('@tensorflow/tfjs-core');
  const mustNotAppear =
    /sharp|^@img|tfjs-backend|tfjs-node|^@tensorflow\/tfjs(-data|-converter)?$|onnxruntime/;
  expect(packages.filter((name) => name !== undefined && mustNotAppear.test(name))).toEqual([]);
});

const sizes = readFileSync(join(root, 'docs/versions.md'), 'utf8');

// Ceilings are what was measured, and 15 % more. Peers are not counted.
test.each([
  ['everything', "export * from 'ts-cyclegan'", 'browser', 95_000],
  ['CycleGAN', "export { CycleGAN } from 'ts-cyclegan'", 'browser', 31_000],
  ['nothing', "import 'ts-cyclegan'", 'browser', 50],
  ['the engine', "export * from './package/dist/backends/onnxruntime.js'", 'browser', 61_000],
  ['everything for pages', "export * from './package/dist/browser.js'", 'browser', 101_000],
  ['a Worker', "export * from './package/dist/browser/worker.js'", 'browser', 139_000],
  ['interchange', "export * from './package/dist/interop.js'", 'browser', 81_000],
  ['measures', "export * from './package/dist/metrics.js'", 'browser', 12_200],
  ['everything for Node', "export * from './package/dist/node.js'", 'node', 190_000],
] as const)('%s: minified and gzipped', async (name, code, platform, ceiling) => {
  const { outputFiles } = await bundle(code, { external: peers, platform });
  const size = gzipSync(outputFiles[0]!.contents).length;
  expect(size).toBeLessThanOrEqual(ceiling);
  const [, listed] = new RegExp(`^\\|.*\\| ${name} +\\| (\\d+) KB +\\|$`, 'm').exec(sizes) ?? [];
  expect(listed, `docs/versions.md has no size for "${name}"`).toBeDefined();
  expect(Math.abs(size / 1000 - Number(listed)), `docs/versions.md: ${size} bytes`).toBeLessThan(
    1 + 0.05 * (size / 1000),
  );
});

test('a page that translates: library, TensorFlow.js and engine, without wasm', async () => {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `
        import { translateImage } from 'ts-cyclegan';
        import { drawImage, imageToTensor, loadTranslator, useBestEngine } from './package/dist/browser.js';
        export const show = async (photo, canvas) => {
          await useBestEngine();
          const translator = await loadTranslator('model.json');
          await drawImage(await translateImage(translator, await imageToTensor(photo)), canvas);
        };`,
      resolveDir: folder,
    },
    alias: { 'ts-cyclegan': join(folder, 'package/dist/index.js') },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    outdir: join(folder, 'page'),
    metafile: true,
    write: false,
    logLevel: 'silent',
    external: ['@tensorflow/tfjs-backend-web*'], // optional, and not installed by most
  });
  const sizes = new Map(outputFiles.map(({ path, contents }) => [basename(path), gzipSync(contents).length]));
  const outputs = Object.entries(metafile.outputs).map(([path, { imports, inputs, entryPoint }]) => ({
    name: basename(path),
    isEntry: entryPoint === '<stdin>',
    has: (text: string) => Object.keys(inputs).some((input) => input.includes(text)),
    static: imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => basename(path)),
  }));
  /** The gzipped size of chunks, with all that they import statically. */
  const loaded = (names: readonly string[], seen = new Set<string>()): Set<string> => {
    for (const name of names) {
      if (seen.has(name)) continue;
      seen.add(name);
      loaded(outputs.find((output) => output.name === name)?.static ?? [], seen);
    }
    return seen;
  };
  const entry = outputs.find(({ isEntry }) => isEntry)!.name;
  const withEngine = (engine: string) => {
    const own = outputs.filter((output) => output.has(engine)).map(({ name }) => name);
    const cpu = outputs.filter((output) => output.has('tfjs-backend-cpu/dist/base')).map(({ name }) => name);
    expect(own.length * cpu.length).toBeGreaterThan(0);
    return [...loaded([entry, ...own, ...cpu])].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
  };
  expect(withEngine('ort.wasm.bundle')).toBeLessThan(270_000);
  expect(withEngine('ort.webgpu.bundle')).toBeLessThan(270_000);
});
