/** Training in a run folder on a disk that is full or read-only. The disk is a small tmpfs, which only root on Linux can mount. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, onTestFinished, test, type TestContext } from 'vitest';
import { bin, ended, noiseFolders, type Started, started } from '../support/installed-command.js';
import { emptyProject } from '../support/tarball.js';

// prettier-ignore
const options = ['--size', '24', '--filters', '2', '--blocks', '1', '--convention', 'pytorch', '--steps', '12', '--checkpoint-every', '2',
  '--sample-every', '3', '--keep', '1', '--seed', '3', '--json'];
const onRoot = test.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux');

let project: string;
let whole: string;
beforeAll(async () => {
  project = await emptyProject();
  await noiseFolders(join(project, 'data'), ['trainA', 'trainB', 'testA', 'testB'], 5);
  whole = join(project, 'whole');
  expect(await cli('train', 'data', ...options, '--out', whole)).toMatchObject({ code: 0, stderr: '' });
});

const cli = (...args: string[]) => ended(bin(project), args, project);
const kilobytes = 1024;

/** A file system of its own. */
async function disk(context: TestContext, name: string, size: number): Promise<string> {
  const path = join(project, name);
  await mkdir(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    context.skip('this container may not mount');
  }
  onTestFinished(() => void execFileSync('umount', [path]));
  return path;
}

const metricsOf = (run: string) =>
  readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { seconds: _, memory: __, ...rest } = JSON.parse(line) as Record<string, number>;
      return rest;
    });

function weightsOf(run: string): Buffer {
  const [name] = readdirSync(join(run, 'model')).filter((file) => file.endsWith('.bin'));
  return readFileSync(join(run, 'model', name!));
}

const filesOf = (run: string) =>
  readdirSync(run, { recursive: true })
    .map((path) => String(path).replace(/weights-.*\.bin$/, 'weights.bin'))
    .filter((path) => !path.startsWith('events.'))
    .sort();

function expectEqual(run: string): void {
  expect(metricsOf(run)).toEqual(metricsOf(whole));
  expect(weightsOf(run).equals(weightsOf(whole))).toBe(true);
  expect(filesOf(run)).toEqual(filesOf(whole));
}

/** Starts a training that a failed test ends. */
function start(args: string[]): Started {
  const training = started(bin(project), args, project);
  onTestFinished(async () => {
    training.child.kill('SIGKILL');
    await training.closed;
  });
  return training;
}

/** Trains until the disk is full: the first checkpoint fits, the second does not. */
async function untilFull(context: TestContext, name: string) {
  const { size } = statSync(join(whole, 'checkpoints/step-00000012.safetensors')); // the largest
  const path = await disk(context, name, 4 * size);
  const [run, filler] = [join(path, 'run'), join(path, 'filler')];
  await writeFile(filler, Buffer.alloc(3 * size - 40 * kilobytes));
  const training = start(['train', 'data', ...options, '--out', run]);
  while (training.printed.stderr === '' && training.child.exitCode === null) await setTimeout(10);
  return { run, filler, ...training };
}

onRoot('full: training waits, and continues when there is space', async (context) => {
  const { run, filler, closed, printed } = await untilFull(context, 'waits');
  const steps = () => printed.stdout.split('\n').filter((line) => line.includes('"event":"step"')).length;
  await setTimeout(1500);
  const before = steps();
  expect(before).toBeLessThan(12);
  await setTimeout(1500); // it tries once a second
  expect(steps()).toBe(before);
  await rm(filler);
  const { code, stderr } = await closed;
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^warning: runFolder: "[^"]+" cannot be written: ENOSPC: no space left on device, write\. Training waits\. Make the disk writable or free some space, or stop the training with Ctrl-C\.\nwarning: runFolder: "[^"]+" has been written\. Training continues\.\n$/,
  );
  expectEqual(run);
});

onRoot('full: Ctrl-C gives up, and the last checkpoint can be resumed', async (context) => {
  const { run, filler, child, closed } = await untilFull(context, 'gives-up');
  child.kill('SIGINT');
  const { code, stderr } = await closed;
  expect(code).toBe(1);
  expect(stderr.split('\n').at(-2)).toMatch(
    /^\{"error":\{"code":"DISK","message":"runFolder: .* could not be written: ENOSPC: no space left on device, write\. Earlier checkpoints are unchanged\."\}\}$/,
  );
  expect(readdirSync(join(run, 'checkpoints')).filter((name) => !name.endsWith('.safetensors'))).toEqual([]);
  expect(readdirSync(join(run, 'checkpoints')).length).toBeGreaterThan(0);

  // resumed while the disk is still full: nothing is damaged
  const full = join(run, '../rest');
  try {
    await writeFile(full, Buffer.alloc(4000 * kilobytes));
  } catch {
    // the file has the rest of the disk
  }
  const refused = await cli('train', '--resume', '--out', run, '--json');
  expect(refused).toMatchObject({ code: 1 });
  expect(JSON.parse(refused.stderr)).toEqual({
    error: {
      code: 'DISK',
      message:
        `runFolder: the run folder ${JSON.stringify(run)} cannot be written: ENOSPC: no space left on device, write. ` +
        'Make the disk writable or free some space, or choose another folder.',
    },
  });
  await Promise.all([filler, full].map((file) => rm(file)));
  expect(await cli('train', '--resume', '--out', run, '--json')).toMatchObject({ code: 0, stderr: '' });
  expectEqual(run);
});

onRoot('full at the last step: the checkpoint and the model wait, too', async (context) => {
  const path = await disk(context, 'last', 1200 * kilobytes);
  const [run, filler] = [join(path, 'run'), join(path, 'filler')];
  await writeFile(filler, Buffer.alloc(900 * kilobytes)); // no checkpoint fits
  const once = [...options, '--checkpoint-every', '100', '--steps', '12', '--out', run];
  const { child, printed, closed } = start(['train', 'data', ...once]);
  while (printed.stderr === '' && child.exitCode === null) await setTimeout(10);
  await setTimeout(1500);
  expect(child.exitCode).toBe(null);
  await rm(filler);
  expect(await closed).toMatchObject({ code: 0 });
  expectEqual(run);
});

onRoot('read-only at the start: an error, and nothing is left', async (context) => {
  const path = await disk(context, 'read-only', 100 * kilobytes);
  execFileSync('mount', ['-o', 'remount,ro', path]);
  const run = join(path, 'run');
  const result = await cli('train', 'data', ...options.filter((flag) => flag !== '--json'), '--out', run);
  expect(result).toMatchObject({
    code: 1,
    stderr:
      `error: runFolder: the run folder ${JSON.stringify(run)} cannot be written: EROFS: read-only file system, mkdir '${run}'. ` +
      'Make the disk writable or free some space, or choose another folder.\n',
  });
  expect(readdirSync(path)).toEqual([]);
});
