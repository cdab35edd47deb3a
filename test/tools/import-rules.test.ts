/** The import rules of `dependency-cruiser.config.js` catch what they forbid. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { describe, expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const { tsConfig: _, ...options } = await extractOptions(join(root, 'dependency-cruiser.config.js'));

/** Names of the rules that a project of these files breaks. */
async function broken(files: Record<string, string>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ts-cyclegan-imports-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of ['package.json', 'tsconfig.json', 'node_modules']) {
    await symlink(join(root, name), join(folder, name));
  }
  for (const [path, text] of Object.entries({ 'src/index.ts': '', ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const top = new Set(Object.keys(files).map((path) => path.split('/')[0]!));
  const { output } = await cruise([...top], { ...options, baseDir: folder });
  return (output as ICruiseResult).summary.violations.map((violation) => violation.rule.name);
}

test.each([
  ['a sibling folder', 'src/layers/a.ts', "import '../losses/b.js';", 'layers-imports'],
  [
    'a type of a higher folder',
    'src/core/a.ts',
    "import type { B } from '../layers/b.js'; export type A = B;",
    'core-imports',
  ],
  ['the index', 'src/models/a.ts', "import '../index.js';", 'models-imports'],
  ['a network from ONNX', 'src/onnx/a.ts', "import '../layers/b.js';", 'onnx-imports'],
  ['a layer from a backend', 'src/backends/x/a.ts', "import '../../layers/b.js';", 'backends-imports'],
  ['a Node module from a backend', 'src/backends/x/a.ts', "import 'node:fs';", 'portable'],
  ['an engine from a backend', 'src/backends/x/a.ts', "import 'onnxruntime-node';", 'portable'],
  ['a backend from the index', 'src/index.ts', "export * from './backends/a.js';", 'index-imports'],
  ['the library from the page', 'src/watch/page/a.ts', "import '../../core/b.js';", 'watch/page-imports'],
  ['a folder without a row', 'src/misc/a.ts', "import '../core/b.js';", 'unknown-folder'],
  ['a Node module', 'src/data/a.ts', "import 'node:fs';", 'portable'],
  ['a Node module without prefix', 'src/data/a.ts', "import 'fs';", 'portable'],
  ['sharp, later', 'src/data/a.ts', "export const s = () => import('sharp');", 'portable'],
  ['the umbrella package', 'src/layers/a.ts', "import '@tensorflow/tfjs';", 'no-umbrella'],
  ['a tool', 'src/layers/a.ts', "import 'vitest';", 'no-undeclared-packages'],
  ['a test', 'src/layers/a.ts', "import '../../test/b.js';", 'not-from-src'],
  ['the source from an example', 'examples/x/a.ts', "import '../../src/core/b.js';", 'by-name-only'],
])('%s', async (_, path, text, rule) => {
  const b = 'export interface B { b: number }';
  const others = { 'src/core/b.ts': b, 'src/layers/b.ts': b, 'src/losses/b.ts': b, 'test/b.ts': b };
  expect(await broken({ ...others, [path]: text })).toContain(rule);
});

describe('rooms of the ONNX Runtime backend', () => {
  const backend = 'src/backends/onnxruntime';
  const rooms = ['lowering', 'kernels', 'passes', 'runtime', 'recording', 'compiler', 'execution'];
  const all = Object.fromEntries(rooms.map((room) => [`${backend}/${room}/b.ts`, '']));

  test.each(rooms.slice(1).map((room, i) => [rooms[i]!, room]))('%s from %s', async (lower, higher) => {
    const files = { ...all, [`${backend}/${lower}/a.ts`]: `import '../${higher}/b.js';` };
    expect(await broken(files)).toEqual([`backend-${lower}-imports`]);
  });

  test('the backend from a room', async () => {
    const files = { [`${backend}/execution/a.ts`]: "import '../b.js';", [`${backend}/b.ts`]: '' };
    expect(await broken(files)).toEqual(['backend-execution-imports']);
  });

  test('a Node module in a room', async () => {
    const files = { [`${backend}/runtime/a.ts`]: "require('node:worker_threads');" };
    expect(await broken(files)).toEqual(['portable']);
  });

  test('a room without a place', async () => {
    const files = { ...all, [`${backend}/misc/a.ts`]: "import '../kernels/b.js';" };
    expect(await broken(files)).toEqual(['backend-unknown-room']);
  });

  test('what is allowed', async () => {
    const lower = (i: number) => rooms.slice(0, i).map((room) => `import '../${room}/b.js';`);
    const files = {
      ...Object.fromEntries(rooms.map((room, i) => [`${backend}/${room}/b.ts`, lower(i).join('\n')])),
      [`${backend}/runtime/thread-program.ts`]: "require('node:worker_threads');",
      [`${backend}/a.ts`]: "import './lowering/b.js'; import './execution/b.js'; import './c.js';",
      [`${backend}/c.ts`]: '',
    };
    expect(await broken(files)).toEqual([]);
  });
});

test('a cycle', async () => {
  const files = { 'src/core/a.ts': "import './b.js';", 'src/core/b.ts': "import './a.js';" };
  expect(new Set(await broken(files))).toEqual(new Set(['no-cycles']));
});

test('what is allowed', async () => {
  const files = {
    'src/index.ts': "export * from './models/a.js';",
    'src/models/a.ts': "import '@tensorflow/tfjs-core'; import '../layers/b.js';",
    'src/layers/b.ts': "import 'valibot'; import 'pure-rand/generator/xoroshiro128plus'; import './c.js';",
    'src/layers/c.ts': "import '../core/d.js';",
    'src/core/d.ts': '',
    'src/node/e.ts': "import 'node:fs'; import '../data/f.js'; export const s = () => import('sharp');",
    'src/data/f.ts': '',
    'src/backends/x/g.ts':
      "import '@tensorflow/tfjs-core'; import '../../onnx/h.js'; import '../../core/d.js';",
    'src/onnx/h.ts': "import 'pbf'; import '../core/d.js';",
    'test/layers/b.test.ts': "import '../../src/layers/b.js';",
  };
  expect(await broken(files)).toEqual([]);
});
