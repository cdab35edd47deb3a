/** Trainings of each kind through the command of the packed tarball, from a download to translated images. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import sharp from 'sharp';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { zip } from '../support/archives.js';
import { fileServer } from '../support/file-server.js';
import { bin, ended, noiseFolders, noiseImage, started } from '../support/installed-command.js';
import { emptyProject } from '../support/tarball.js';

const small = ['--size', '16', '--filters', '2', '--blocks', '1'];

let project: string;
beforeAll(async () => {
  project = await emptyProject();
  await noiseFolders(join(project, 'data'), ['trainA', 'trainB', 'testA', 'testB'], 3);
});

const cli = (args: readonly string[], env = {}) => ended(bin(project), args, project, env);
const eventsOf = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Starts a training without an end, and waits for its first step. A failed test ends it. */
async function training(...args: string[]) {
  const flags = ['train', 'data', ...small, '--steps', '100000', '--json', ...args];
  const process = started(bin(project), flags, project);
  onTestFinished(async () => {
    process.child.kill('SIGKILL');
    await process.closed;
  });
  const { printed, child } = process;
  while (!printed.stdout.includes('"event":"step"') && child.exitCode === null) await setTimeout(10);
  return process;
}

test('--watch: the page can be reached while training, and ends with it', async () => {
  const { child, printed, closed } = await training('--watch', '--out', 'runs/watched');
  const { url } = eventsOf(printed.stdout.split('\n')[0]!)[0] as { url: string };
  const page = await fetch(url);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<html');
  child.kill('SIGINT');
  expect((await closed).code).toBe(130);
  await expect(fetch(url)).rejects.toThrow();
});

test('a second process in a run folder is refused, and changes nothing', async () => {
  const { child, closed } = await training('--out', 'runs/one');
  const config = readFileSync(join(project, 'runs/one/config.json'), 'utf8');
  const { code, stderr } = await cli(['train', '--resume', '--out', 'runs/one', '--learning-rate', '1e-5']);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    new RegExp(
      `^error: runFolder: Process ${child.pid!} on ".*" is training in this run folder\\. Wait until it ends, or use another folder\\. `,
    ),
  );
  expect(readFileSync(join(project, 'runs/one/config.json'), 'utf8')).toBe(config);
  child.kill('SIGINT');
  expect((await closed).code).toBe(130);
});

test('--minutes ends a run, also a resumed one, and both measure test pairs', async () => {
  const limits = ['--minutes', '0.02', '--evaluate-every', '1'];
  const first = await cli(['train', 'data', ...small, ...limits, '--out', 'runs/minutes', '--json']);
  expect(first.code).toBe(0);
  const { step, seconds } = eventsOf(first.stdout).at(-1) as { step: number; seconds: number };
  expect(seconds).toBeGreaterThanOrEqual(1.2);
  const second = await cli(['train', '--resume', '--out', 'runs/minutes', '--json']);
  expect(eventsOf(second.stdout).at(-1)).toMatchObject({ stopped: null, step: step + 1 }); // its time is over
  const lines = eventsOf(readFileSync(join(project, 'runs/minutes/metrics.jsonl'), 'utf8'));
  expect(lines).toHaveLength(step + 1);
  const scores = ['l1', 'psnr', 'ssim', 'cycle'].flatMap((name) => [`test_${name}_A`, `test_${name}_B`]);
  for (const line of lines) for (const name of scores) expect(line[name]).toBeTypeOf('number');
});

test('--strict: a broken file ends the training with an error; otherwise it is named in the summary', async () => {
  await noiseFolders(join(project, 'odd'), ['trainA', 'trainB'], 2);
  await writeFile(join(project, 'odd/trainB/broken.jpg'), '');
  const args = ['train', 'odd', ...small, '--steps', '6'];
  const strict = await cli([...args, '--strict', '--out', 'runs/strict']);
  expect(strict.code).toBe(1);
  expect(strict.stderr).toMatch(/^error: .*broken\.jpg": .*\n$/m);
  const tolerant = await cli([...args, '--out', 'runs/tolerant']);
  expect(tolerant.code).toBe(0);
  expect(tolerant.stdout).toMatch(/^Skipped one file: odd\/trainB\/broken\.jpg \(.+\)\.$/m);
});

test('pix2pix: train and translate', async () => {
  for (let i = 0; i < 3; i++) await noiseImage(join(project, `pairs/train/${i}.png`), 64, 32, i);
  await noiseImage(join(project, 'photos/deep/one.png'), 40, 33, 9);
  const flags = ['--size', '32', '--filters', '2', '--steps', '3', '--sample-every', '2', '--seed', '5'];
  const trained = await cli(['train', 'pairs', ...flags, '--out', 'runs/pairs', '--json']);
  expect(trained).toMatchObject({ code: 0, stderr: '' });
  expect(eventsOf(trained.stdout)[0]).toMatchObject({ algorithm: 'pix2pix', images: { pairs: 3 } });
  expect(readdirSync(join(project, 'runs/pairs/samples'))).toEqual([
    'step-00000002.json',
    'step-00000002.png',
  ]);
  const translated = await cli(['translate', 'runs/pairs', 'photos', '--out', 'drawn']);
  expect(translated).toMatchObject({ code: 0, stderr: '' });
  expect(await sharp(join(project, 'drawn/deep/one.png')).metadata()).toMatchObject({
    width: 40,
    height: 33,
  });
});

test('gan: train and generate', async () => {
  for (let i = 0; i < 8; i++) await noiseImage(join(project, `digits/${i}.png`), 16, 16, i);
  const flags = ['--size', '16', '--filters', '2', '--batch', '4', '--steps', '3', '--sample-every', '2'];
  const trained = await cli(['train', 'digits', ...flags, '--out', 'runs/digits', '--json']);
  expect(trained).toMatchObject({ code: 0, stderr: '' });
  expect(eventsOf(trained.stdout)[0]).toMatchObject({ algorithm: 'gan', images: { images: 8 } });
  expect(readdirSync(join(project, 'runs/digits/samples'))).toEqual([
    'step-00000002.json',
    'step-00000002.png',
  ]);
  const generated = await cli(['generate', 'runs/digits', '--count', '5', '--seed', '2', '--json']);
  expect(generated).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(join(project, 'generated')).filter((name) => name.endsWith('.png'))).toHaveLength(6); // and the sheet
});

test('datasets download, and training on the result', async () => {
  const names = ['trainA', 'trainB', 'testA', 'testB'];
  const members = names.map((name) => ({
    name: `horse2zebra/${name}/0.png`,
    data: readFileSync(join(project, 'data', name, '0.png')),
  }));
  const server = await fileServer(zip(members));
  const env = { TS_CYCLEGAN_DATASETS_URL: server.url };
  const got = await cli(['datasets', 'download', 'horse2zebra', '--out', 'sets', '--json'], env);
  expect(got).toMatchObject({ code: 0, stderr: '' });
  expect(eventsOf(got.stdout).at(-1)).toEqual({ event: 'end', folder: 'sets/horse2zebra' });
  expect(readdirSync(join(project, 'sets/horse2zebra')).sort()).toEqual([...names].sort());
  const trained = await cli(['train', 'sets/horse2zebra', ...small, '--steps', '1']);
  expect(trained.code).toBe(0);
  expect(existsSync(join(project, 'runs/horse2zebra/model/model.json'))).toBe(true);

  server.answer = (_request, response) => {
    response.writeHead(404).end();
    return true;
  };
  const missing = await cli(['datasets', 'download', 'horse2zebra', '--out', 'none'], env);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toMatch(/^error: .*horse2zebra.*\n$/m);
  expect(existsSync(join(project, 'none/horse2zebra'))).toBe(false);
});
