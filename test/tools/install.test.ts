/** What makes `npm ci` quiet, and enough on a machine that reaches the npm registry only. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../support/run.js';

const root = join(import.meta.dirname, '../..');

test('the lockfile names no host and runs no download', async () => {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { resolved?: string; hasInstallScript?: boolean }>;
  };
  expect(Object.keys(packages).filter((name) => packages[name]!.resolved !== undefined)).toEqual([]);
  // Its script downloads CUDA libraries. npm older than 11.19 knows no allowScripts: without this mark it runs no script.
  expect(packages['node_modules/onnxruntime-node']!.hasInstallScript).toBe(undefined);
});

test('npm warns of nothing', async () => {
  const { stdout, stderr } = await run('npm', ['config', 'get', 'omit-lockfile-registry-resolved'], { cwd: root }); // prettier-ignore
  expect({ stdout, stderr }).toEqual({ stdout: 'true\n', stderr: '' });
});
