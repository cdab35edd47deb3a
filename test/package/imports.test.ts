import { beforeAll, expect, test } from 'vitest';
import { emptyProject } from '../support/tarball.js';
import { run } from '../support/run.js';

let folder: string;
beforeAll(async () => {
  folder = await emptyProject({ packages: ['@tensorflow/tfjs'] });
});

test('x', async () => {
  expect(
    await run('node', ['-e', "console.log(typeof require('ts-cyclegan').Random)"], { cwd: folder }),
  ).toEqual({ stdout: 'function\n', stderr: '' });
});
