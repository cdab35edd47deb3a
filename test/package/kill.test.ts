/** A run that is killed again and again, and resumed each time, ends bit-equal to one that was never stopped. */
import { existsSync, mkdirSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { bin, ended, noiseFolders, started } from '../support/installed-command.js';
import { emptyProject } from '../support/tarball.js';

const steps = 60;
const kills = 20;
// prettier-ignore
const options = ['--size', '24', '--filters', '2', '--blocks', '1', '--convention', 'pytorch', '--ema', '0.9', '--steps', String(steps),
  '--checkpoint-every', '2', '--sample-every', '7', '--seed', '3', '--json'];

let project: string;
beforeAll(async () => {
  project = await emptyProject();
  await noiseFolders(join(project, 'data'), ['trainA', 'trainB', 'testA', 'testB'], 5);
});

/** Losses and learning rates of all steps. Times and memory differ from run to run. */
const metricsOf = (run: string) =>
  readFileSync(join(project, run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { seconds: _, memory: __, ...rest } = JSON.parse(line) as Record<string, number>;
      return rest;
    });

/** The bytes of the weights of `model/`. */
function weightsOf(run: string): Buffer {
  const names = readdirSync(join(project, run, 'model')).filter((name) => name.endsWith('.bin'));
  expect(names).toHaveLength(1);
  return readFileSync(join(project, run, 'model', names[0]!));
}

/** All tensors of the last checkpoint: weights, averages, slots of optimizers, images of pools. */
function tensorsOf(run: string): Record<string, Buffer> {
  const bytes = readFileSync(
    join(project, run, 'checkpoints', `step-${String(steps).padStart(8, '0')}.safetensors`),
  );
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, start).toString()) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const { __metadata__: _, state: __, ...tensors } = header; // "state" has the seconds of training
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data_offsets: [from, to] }]) => [name, bytes.subarray(start + from, start + to)]),
  ); // prettier-ignore
}

/** All files of a run, without event files, of which each session writes its own, and without the hash in names of weights. */
const filesOf = (run: string) =>
  readdirSync(join(project, run), { recursive: true })
    .map((path) => String(path).replace(/weights-.*\.bin$/, 'weights.bin'))
    .filter((path) => !path.startsWith('events.'))
    .sort();

/** Values from 0 to 1 that depend on the seed only. */
function randomly(seed: number): () => number {
  let state = seed;
  return () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8) / 2 ** 24;
}

const isUnfinished = (name: string | null) => name?.endsWith('.tmp') === true;

test(`killed at ${kills} random moments and resumed each time: equal to an unbroken run, bit for bit`, async () => {
  const train = [bin(project), ['train', 'data', ...options, '--out', 'runs/whole'], project] as const;
  expect(await ended(...train)).toMatchObject({ code: 0, stderr: '' });

  const random = randomly(15);
  const killed = join(project, 'runs/killed');
  const checkpoints = join(killed, 'checkpoints');
  let duringWrites = 0;
  for (let i = 0; i < kills; i++) {
    const args = existsSync(join(killed, 'config.json'))
      ? ['train', '--resume', '--out', 'runs/killed', '--json']
      : ['train', 'data', ...options, '--out', 'runs/killed'];
    const { child, printed, closed } = started(bin(project), args, project);
    const done = () => printed.stdout.split('"event":"step"').length - 1;
    if (i % 4 === 1) {
      await setTimeout(300 + 900 * random()); // while it starts, opens the run, or trains
    } else {
      const some = 1 + Math.floor(4 * random());
      while (done() < some && child.exitCode === null) await setTimeout(2);
      await setTimeout(60 * random());
      // every second time in the write of a checkpoint
      if (i % 2 === 0) {
        mkdirSync(checkpoints, { recursive: true }); // before the first one
        const watcher = watch(checkpoints);
        await new Promise<void>((resolve) => {
          watcher.on('change', (_, name) => isUnfinished(String(name)) && resolve());
          child.on('exit', () => resolve());
        });
        child.kill('SIGKILL'); // at once
        watcher.close();
      }
    }
    child.kill('SIGKILL');
    expect(await closed, `kill ${i}`).toMatchObject({ code: null, stderr: '' });
    if (existsSync(checkpoints) && readdirSync(checkpoints).some(isUnfinished)) duringWrites++;
  }
  expect(duringWrites).toBeGreaterThan(0);

  const last = await ended(bin(project), ['train', '--resume', '--out', 'runs/killed', '--json'], project);
  expect(last).toMatchObject({ code: 0, stderr: '' });
  expect((JSON.parse(last.stdout.split('\n')[0]!) as { step: number }).step).toBeGreaterThan(0);
  expect(metricsOf('runs/killed')).toEqual(metricsOf('runs/whole'));
  expect(metricsOf('runs/killed')).toHaveLength(steps);
  expect(weightsOf('runs/killed').equals(weightsOf('runs/whole'))).toBe(true);
  const [own, expected] = [tensorsOf('runs/killed'), tensorsOf('runs/whole')];
  expect(Object.keys(own)).toEqual(Object.keys(expected));
  for (const [name, bytes] of Object.entries(own)) expect(bytes.equals(expected[name]!), name).toBe(true);
  expect(filesOf('runs/killed')).toEqual(filesOf('runs/whole'));
  for (const path of filesOf('runs/whole').filter((name) => name.startsWith('samples/'))) {
    const [a, b] = ['runs/killed', 'runs/whole'].map((run) => readFileSync(join(project, run, path)));
    expect(a!.equals(b!), path).toBe(true);
  }
});
