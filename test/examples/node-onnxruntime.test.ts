/** examples/node-onnxruntime, compiled strictly and run with a tiny model: it prints what its README says. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';
import { compileExample, emptyProject } from '../support/tarball.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let project: string;

beforeAll(async () => {
  project = await emptyProject({ from: join(root, 'examples/node-onnxruntime'), packages: ['@types/node'] });
});

test('compiles strictly', async () => {
  await compileExample(project, 'main.ts');
});

test('trains, translates, saves, and falls back for no kernel', async () => {
  const small = ['--size', '16', '--filters', '2', '--blocks', '1', '--steps', '2', '--threads', '1'];
  const { stdout } = await run('npm', ['start', '--silent', '--', ...small], { cwd: project });
  expect(stdout.replaceAll(/\d+(\.\d+)? (?=ms|MB)/g, '# ').replace(/\{"D_A.*\}/, '{…}')).toMatch(
    /^first step: # ms, second: # ms\n(step: # ms\n){2}losses: \{…\}\nfirst translation: # ms\ntranslation: # ms\ngraphs: \d+, runs: \d+, fallen back: \{\}\nmemory of sessions: # MB, of the process: # MB\n$/,
  );
  const losses = JSON.parse(/^losses: (.*)$/m.exec(stdout)![1]!) as Record<string, number>;
  expect(Object.keys(losses)).toEqual(['D_A', 'G_A', 'cycle_A', 'idt_A', 'D_B', 'G_B', 'cycle_B', 'idt_B']);
  const { width, height } = await sharp(join(project, 'run/translated.png')).metadata();
  expect([width, height]).toEqual([16, 16]);
});
