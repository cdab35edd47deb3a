/**
 * TensorBoard's own reader, and the safetensors package of Python, read what a run folder contains. Needs a Python with the packages
 * `tensorboard` and `safetensors`, whose path is in `CHECK_PYTHON`; `.ci/run` installs one.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { resumeRun, runFolder } from 'ts-cyclegan/node';
import type { TrainerCallback } from 'ts-cyclegan';
import { expect, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { run } from '../../support/run.js';
import { disposeOf, subjects } from './subjects.js';

const python = process.env.CHECK_PYTHON;

const program = `
import base64, glob, json, sys
from safetensors.numpy import load_file
from safetensors import safe_open
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
folder = sys.argv[1]
events = EventAccumulator(folder, size_guidance={'scalars': 0, 'images': 0, 'histograms': 0})
events.Reload()
file = sorted(glob.glob(folder + '/checkpoints/*'))[-1]
tensors = load_file(file)
with safe_open(file, framework='numpy') as opened: metadata = opened.metadata()
json.dump({
  'scalars': {tag: [[event.step, event.value] for event in events.Scalars(tag)] for tag in events.Tags()['scalars']},
  'images': [[event.step, event.width, event.height, base64.b64encode(event.encoded_image_string).decode()] for event in events.Images('samples')],
  'histograms': {tag: [[event.step, event.histogram_value.num, event.histogram_value.sum, sum(event.histogram_value.bucket)] for event in events.Histograms(tag)] for tag in events.Tags()['histograms']},
  'metadata': metadata,
  'tensors': {name: [list(tensor.shape), str(tensor.dtype), float(tensor.astype('float64').sum())] for name, tensor in tensors.items()},
}, sys.stdout)
`;

interface Read {
  scalars: Record<string, [step: number, value: number][]>;
  images: [step: number, width: number, height: number, base64: string][];
  histograms: Record<string, [step: number, count: number, sum: number, inBuckets: number][]>;
  metadata: Record<string, string>;
  tensors: Record<string, [shape: number[], dtype: string, sum: number]>;
}

test.skipIf(python === undefined)(
  'Python reads the events and the checkpoints of a resumed run',
  async () => {
    const folder = await emptyFolder();
    const { cyclegan } = subjects;
    const options = { checkpointEvery: 2, sampleEvery: 3, samples: cyclegan.samples, histograms: true };
    const stop: TrainerCallback = {
      onStepEnd: (step, _, trainer) => void (trainer.stopTraining = step === 5),
    };
    const first = cyclegan.create();
    await cyclegan.fit(first, [stop, runFolder(folder, options)]);
    disposeOf(first);
    const { trainer } = await resumeRun(folder);
    await cyclegan.fit(trainer, [runFolder(folder, options)]);

    const file = join(await emptyFolder(), 'read.py');
    await writeFile(file, program);
    const { stdout } = await run(python!, [file, folder], { cwd: folder });
    const read = JSON.parse(stdout) as Read;

    const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const metrics = lines.map((line) => JSON.parse(line) as Record<string, number>);
    expect(Object.keys(read.scalars).sort()).toEqual(
      ['D_A', 'D_B', 'G_A', 'G_B', 'cycle_A', 'cycle_B', 'idt_A', 'idt_B', 'lr', 'memory'].sort(),
    );
    for (const [tag, values] of Object.entries(read.scalars)) {
      expect(values.map(([step]) => step)).toEqual(metrics.map(({ step }) => step));
      expect(values.map(([, value]) => value)).toBeAllClose(metrics.map((line) => line[tag]!), { rtol: 1e-6, atol: 1e-12 }); // prettier-ignore
    }
    const sheets = readdirSync(join(folder, 'samples')).filter((name) => name.endsWith('.png'));
    expect(read.images.map(([step]) => step)).toEqual([3, 6, 9, 12, 15]);
    for (const [i, [, width, height, base64]] of read.images.entries()) {
      const png = await readFile(join(folder, 'samples', sheets[i]!));
      expect(Buffer.from(base64, 'base64').equals(png)).toBe(true);
      expect([width, height]).toEqual([png.readUInt32BE(16), png.readUInt32BE(20)]);
    }
    const state = await trainer.state();
    for (const [name, weights] of Object.entries(state.networks)) {
      for (const [weight, { shape, data }] of Object.entries(weights)) {
        const sum = data.reduce((total, value) => total + value, 0);
        const [readShape, dtype, readSum] = read.tensors[`networks.${name}.${weight}.data`] ?? read.tensors[`networks.${name}.${weight}`]!; // prettier-ignore
        expect([readShape, dtype]).toEqual([shape, 'float32']);
        expect([readSum]).toBeAllClose([sum], { rtol: 1e-5, atol: 1e-5 });
      }
    }
    const [last] = read.histograms['generatorG/' + Object.keys(state.networks.generatorG!)[0]!]!.slice(-1);
    const { data } = Object.values(state.networks.generatorG!)[0]!;
    expect(last!.slice(0, 2)).toEqual([15, data.length]);
    expect(last![3]).toBe(data.length);
    expect(read.metadata).toMatchObject({ format: 'ts-cyclegan-checkpoint', algorithm: 'cyclegan', step: '15', epoch: expect.any(String) as string }); // prettier-ignore
    disposeOf(trainer);
  },
);
