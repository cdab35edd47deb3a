/**
 * examples/scale-out: shards as the processes of a Kubernetes Job, Ray Data, and training on with PyTorch. What needs Python runs
 * with the Python of `CHECK_PYTHON` if it has the packages: `kubernetes-validate`; `ray[data]`, `onnxruntime`, `pillow`; `torch`.
 */
import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  bin,
  ended,
  type Ended,
  noiseFolders,
  noiseImage,
  started,
  type Started,
} from '../support/installed-command.js';
import { run } from '../support/run.js';
import { compileExample, emptyProject } from '../support/tarball.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const python = process.env.CHECK_PYTHON;
/** Whether Python lacks one of these modules. */
const lacks = (...modules: string[]): boolean =>
  python === undefined ||
  spawnSync(python, ['-c', `import importlib.util as u; assert all(map(u.find_spec, ${JSON.stringify(modules)}))`]).status !== 0; // prettier-ignore

let project: string;

/** Saves a model, and translates the photos in one process. */
const setUp = `
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { CycleGAN } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { fileSystem, translateFiles } from 'ts-cyclegan/node';
registerOnnxRuntimeBackend(ort);
await tf.setBackend('onnxruntime');
const model = new CycleGAN({ inputShape: [32, 32, 3], filters: 4, residualBlocks: 1, seed: 7 });
await model.save(fileSystem('model'));
await translateFiles(model, 'photos', { direction: 'AtoB', out: 'expected' });`;

const large = ['3', '4', '5', '6', '7', 'sub/2'];
const names = ['1', '2', ...large, '9', 'sub/1'].map((name) => `${name}.png`);

beforeAll(async () => {
  project = await emptyProject({ from: join(root, 'examples/scale-out'), packages: ['@types/node'] });
  for (const [i, name] of names.entries()) {
    const [width, height] = large.includes(name.slice(0, -4)) ? [700, 500] : [33 + i, 30]; // the large ones take a while
    await noiseImage(join(project, 'photos', name), width, height, i);
  }
  await writeFile(join(project, 'photos/broken.png'), 'no image');
  await writeFile(join(project, 'set-up.mjs'), setUp);
  await run('node', ['set-up.mjs'], { cwd: project });
});

test('compiles strictly', async () => {
  await compileExample(project, 'pytorch/from-pytorch.ts');
});

/** The images below a folder, sorted. */
const imagesOf = async (folder: string) =>
  (await readdir(join(project, folder), { recursive: true })).filter((name) => name.endsWith('.png')).sort();

/** The largest difference of two images in levels. */
async function difference(a: string, b: string): Promise<number> {
  const [one, other] = await Promise.all([a, b].map((file) => sharp(join(project, file)).raw().toBuffer()));
  expect(one!.length).toBe(other!.length);
  return one!.reduce((most, level, i) => Math.max(most, Math.abs(level - other![i]!)), 0);
}

/** Waits for a line of a process. */
async function lineOf({ child, printed }: Started, line: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const found = line.exec(printed.stdout);
    if (found) return found;
    if (child.exitCode !== null)
      throw new Error(`ended with ${child.exitCode}: ${printed.stdout}${printed.stderr}`);
    await setTimeout(20);
  }
}

interface Job {
  spec: {
    completions: number;
    template: {
      spec: { containers: [{ command: string[]; args: string[]; env: { name: string; value: string }[] }] };
    };
  };
}
const manifest = 'kubernetes/job.yaml';

test('Kubernetes: the shards of the Job translate each image once, and a killed shard is finished by its next pod', async () => {
  const { spec } = parse(await readFile(join(project, manifest), 'utf8')) as Job;
  const [{ command, args, env }] = spec.template.spec.containers;
  const values = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  expect(values.SHARDS).toBe(String(spec.completions));
  const path = [join(project, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const start = (index: number) =>
    started(command[0]!, [...command.slice(1), ...args], project, {
      ...values,
      ...{ SHARDS: '3', DATA: '.', JOB_COMPLETION_INDEX: String(index), PATH: path },
    });
  const killed = start(1);
  await lineOf(killed, /^1\/\d+ /);
  killed.child.kill('SIGKILL');
  expect((await killed.closed).code).toBe(null);
  const shards = [0, 1, 2].map(start);
  const results = await Promise.all(shards.map(({ closed }) => closed));

  const translatedBy = ({ stdout }: Ended) =>
    [...stdout.matchAll(/^\d+\/\d+ (?:\.\/)?translated\/(\S+?)( exists)?$/gm)].map(([, name, exists]) => [
      name!,
      exists,
    ]);
  const all = results.flatMap(translatedBy);
  expect(all.map(([name]) => name).sort()).toEqual([...names].sort());
  expect(translatedBy(results[1]!).filter(([, exists]) => exists)).not.toEqual([]);
  expect([...translatedBy(results[0]!), ...translatedBy(results[2]!)].filter(([, exists]) => exists)).toEqual(
    [],
  );
  expect(results.map(({ code }) => code).sort()).toEqual([0, 0, 3]); // one of them has broken.png
  expect(await imagesOf('translated')).toEqual([...names].sort());
  for (const name of names) expect(await difference(`translated/${name}`, `expected/${name}`)).toBe(0);
});

test.skipIf(lacks('kubernetes_validate'))('Kubernetes: job.yaml fits the schema', async () => {
  const { stdout } = await run(join(dirname(python!), 'kubernetes-validate'), ['--strict', manifest], {
    cwd: project,
  });
  expect(stdout).toMatch(/passed for resource job\/translate/);
});

test.skipIf(lacks('ray', 'pyarrow', 'pandas', 'onnxruntime', 'PIL'))(
  'Ray Data: translates as the library does, survives the death of a worker, and skips what is done',
  async () => {
    await run('npx', ['ts-cyclegan', 'export', 'model', '--format', 'onnx'], { cwd: project });
    const flags = ['--model', 'exported/AtoB.onnx', '--images', 'photos', '--out', 'by-ray', '--batch', '1'];
    const args = ['ray-data/translate_ray.py', ...flags];
    const env = { RAY_USAGE_STATS_ENABLED: '0', RAY_AUTH_MODE: 'disabled' };
    const ray = started(python!, args, project, env);
    const worker = Number((await lineOf(ray, /^1\/11 \S+ \(worker (\d+)\)$/m))[1]);
    process.kill(worker, 'SIGKILL');
    const { code, stdout, stderr } = await ray.closed;
    expect(stderr).toMatch(/^failed: \S+photos\/broken.png: UnidentifiedImageError: /m);
    expect(code, stderr).toBe(3);
    const done = [...stdout.matchAll(/^\d+\/11 \S+\/photos\/(\S+) \(worker \d+\)$/gm)].map(
      ([, name]) => name!,
    );
    expect(done.sort()).toEqual([...names].sort());
    expect(() => process.kill(worker, 0)).toThrow('ESRCH');
    expect(await imagesOf('by-ray')).toEqual([...names].sort());
    for (const name of names) {
      expect(await difference(`by-ray/${name}`, `expected/${name}`)).toBeLessThanOrEqual(1);
    }

    await writeFile(join(project, 'photos/broken.png'), await readFile(join(project, 'photos/1.png')));
    await run('cp', ['by-ray/1.png', 'by-ray/broken.png'], { cwd: project });
    expect(await ended(python!, args, project, env)).toEqual({
      code: 0,
      stdout: '11 images, 11 of them have results\n',
      stderr: '',
    });
  },
);

/**
 * `before` trains a run for 3 steps, and its trainer for 4 more, which is the truth. `after` compares the means of the gradients after
 * the first step in PyTorch, and resumes the run that came back after two.
 */
const training = `
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { constantSchedule, CycleGAN, CycleGANTrainer } from 'ts-cyclegan';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { importOptimizers } from 'ts-cyclegan/interop';
import { imageFolder, loadState, resumeRun, runFolder, saveState } from 'ts-cyclegan/node';
registerOnnxRuntimeBackend(ort);
await tf.setBackend('onnxruntime');
const images = (name) => imageFolder(name, { training: false, cropSize: 32 });
const losses = {};
const train = (trainer, until, ...callbacks) =>
  trainer.fit(images('data/A'), images('data/B'), {
    batchSize: 2,
    serial: true,
    callbacks: [...callbacks, { onStepEnd(step, of) { losses[step] = of; trainer.stopTraining = step >= until; } }],
  });
const print = (more) => console.log(JSON.stringify({ losses, ...more }));
if (process.argv[2] === 'before') {
  const model = new CycleGAN({ convention: 'pytorch', inputShape: [32, 32, 3], filters: 4, residualBlocks: 1, seed: 5 });
  const trainer = new CycleGANTrainer(model, { epochs: 99, schedule: constantSchedule(), seed: 5 });
  await train(trainer, 3, runFolder('runs/first'));
  await train(trainer, 4);
  await saveState('truth.state', await trainer.state());
  await train(trainer, 7);
  print();
} else {
  const { trainer } = await resumeRun('runs/second');
  const truth = await loadState('truth.state');
  const file = (name) => readFile('trained-2/step-4/latest_' + name + '.pth');
  const files = { optimizer_G: await file('optimizer_G'), optimizer_D: await file('optimizer_D') };
  const own = importOptimizers(await trainer.state(), files);
  let [apart, largest] = [0, 0];
  for (const [network, { optimizer }] of Object.entries(own.trained)) {
    for (const [weight, { slots }] of Object.entries(optimizer)) {
      slots.m.data.forEach((value, i) => {
        const expected = truth.trained[network].optimizer[weight].slots.m.data[i];
        apart = Math.max(apart, Math.abs(value - expected));
        largest = Math.max(largest, Math.abs(expected));
      });
    }
  }
  await train(trainer, 7, runFolder('runs/second'));
  print({ apart, largest });
}`;

type Losses = Record<string, Record<string, number>>;

test.skipIf(lacks('torch', 'PIL'))(
  'PyTorch: one and two processes train on, and back in the library the losses have no jump',
  async () => {
    await noiseFolders(join(project, 'data'), ['A', 'B'], 2);
    for (const name of ['A/0', 'A/1', 'B/0', 'B/1']) {
      const file = join(project, `data/${name}.png`);
      await writeFile(file, await sharp(file).resize(32, 32, { fit: 'fill' }).png().toBuffer());
    }
    await writeFile(join(project, 'training.mjs'), training);
    const train = async (phase: string) =>
      JSON.parse((await run('node', ['training.mjs', phase], { cwd: project })).stdout) as {
        losses: Losses;
        apart: number;
        largest: number;
      };
    const truth = (await train('before')).losses;
    await run(bin(project), 'export runs/first --format pytorch --optimizers --out exported'.split(' '), { cwd: project }); // prettier-ignore

    const flags =
      '--weights exported --data-a data/A --data-b data/B --batch 2 --size 32 --load-size 32 --flip 0 --steps 2 --save-every 1';
    const inTorch = async (processes: number): Promise<Losses> => {
      const args = [
        '--standalone',
        '--nproc-per-node',
        String(processes),
        'pytorch/train_ddp.py',
        ...flags.split(' '),
        '--out',
        `trained-${processes}`,
      ];
      const { code, stdout, stderr } = await ended(join(dirname(python!), 'torchrun'), args, project, { OMP_NUM_THREADS: '1' }); // prettier-ignore
      expect(code, stderr).toBe(0);
      const result: Losses = {};
      for (const line of stdout.trim().split('\n')) {
        const { step, ...losses } = JSON.parse(line) as Record<string, number>;
        result[step!] = losses;
      }
      return result;
    };
    /** The largest difference of a step's losses from those of the library. */
    const jump = (losses: Losses, step: number): number => {
      expect(Object.keys(losses[step]!)).toEqual(Object.keys(truth[step]!));
      return Math.max(
        ...Object.entries(truth[step]!).map(([name, loss]) => Math.abs(losses[step]![name]! - loss)),
      );
    };
    for (const processes of [1, 2]) {
      const losses = await inTorch(processes);
      expect(Object.keys(losses)).toEqual(['4', '5']);
      expect(jump(losses, 4), `${processes} processes`).toBeLessThan(1e-4);
      expect(jump(losses, 5), `${processes} processes`).toBeLessThan(5e-3); // rounding grows with each step
    }

    await run(
      'npm',
      ['run', '--silent', 'from-pytorch', '--', 'runs/first', 'trained-2/step-5', 'runs/second'],
      {
        cwd: project,
      },
    );
    const { losses, apart, largest } = await train('after');
    expect(largest).toBeGreaterThan(0.1);
    expect(apart).toBeLessThan(1e-4 * largest); // means of the gradients of the whole batch
    expect(Object.keys(losses)).toEqual(['6', '7']);
    expect(jump(losses, 6)).toBeLessThan(5e-3);
    const trained = await readdir(join(project, 'trained-2/step-5'));
    expect(trained.sort()).toEqual([
      ...['D_A', 'D_B', 'G_A', 'G_B'].map((name) => `latest_net_${name}.pth`),
      ...['D', 'G'].map((name) => `latest_optimizer_${name}.pth`),
    ]);
  },
);
