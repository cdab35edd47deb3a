/**
 * What a bundler makes of the entries: nothing of Node, no backend and no native package in the
 * portable one, and sizes that do not creep up.
 */
import { readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';
import { tarball } from '../support/tarball.js';

const peers = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', 'sharp'];
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
  ['everything', "export * from 'ts-cyclegan'", 'browser', 79_000],
  ['CycleGAN', "export { CycleGAN } from 'ts-cyclegan'", 'browser', 31_000],
  ['nothing', "import 'ts-cyclegan'", 'browser', 50],
  ['the engine', "export * from './package/dist/backends/onnxruntime.js'", 'browser', 56_000],
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
