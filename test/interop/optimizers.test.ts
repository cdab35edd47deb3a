/** The optimizers of a trainer in PyTorch's format, and back. */
import {
  CUTTrainer,
  CycleGANTrainer,
  linearSchedule,
  Pix2PixTrainer,
  plateauSchedule,
  type Schedule,
  type TrainerState,
} from 'ts-cyclegan';
import { exportOptimizers, importOptimizers } from 'ts-cyclegan/interop';
import { beforeAll, expect, test } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';
import { tinyBatch, tinyCUT, tinyModel, tinyPix2Pix } from '../support/tiny.js';
import { joined, messageOf, pth } from './files.js';

async function stateAfter(steps: number): Promise<TrainerState> {
  return withoutLeaks(async () => {
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { poolSize: 0, seed: 1 });
    const batches = Array.from({ length: steps }, (_, i) => [tinyBatch(1, i), tinyBatch(1, i + 9)] as const);
    for (const [a, b] of batches) await trainer.trainStep(a, b);
    const state = await trainer.state();
    batches.flat().forEach((batch) => batch.dispose());
    trainer.dispose();
    model.dispose();
    return state;
  });
}

const written = (state: TrainerState) => {
  const { optimizer_G, optimizer_D, optimizer_F } = exportOptimizers(state);
  const own = { optimizer_G: joined(optimizer_G), optimizer_D: joined(optimizer_D) };
  return optimizer_F === undefined ? own : { ...own, optimizer_F: joined(optimizer_F) };
};

let trained: TrainerState;
let fresh: TrainerState;
beforeAll(async () => {
  trained = await stateAfter(2);
  fresh = await stateAfter(0);
});

test('slots and steps come back bit for bit, into the state of a new trainer', async () => {
  const state = importOptimizers(fresh, written(trained));
  expect(state.step).toBe(2);
  for (const [name, { optimizer }] of Object.entries(trained.trained)) {
    expect(state.trained[name]!.optimizer).toEqual(optimizer);
  }
  expect(written(state)).toEqual(written(trained));
  await withoutLeaks(() => {
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { poolSize: 0, seed: 1 });
    trainer.restore({ ...state, networks: trained.networks });
    expect(trainer.step).toBe(2);
    trainer.dispose();
    model.dispose();
  });
});

test('a trainer without a step has optimizers without slots', () => {
  const state = importOptimizers(trained, written(fresh));
  expect(Object.values(state.trained).map(({ optimizer }) => optimizer)).toEqual([{}, {}, {}, {}]);
});

test('optimizers of pix2pix', async () => {
  await withoutLeaks(async () => {
    const model = tinyPix2Pix();
    const trainer = new Pix2PixTrainer(model, { seed: 1 });
    const [a, b] = [tinyBatch(1, 1, 1), tinyBatch(1, 2, 2)];
    await trainer.trainStep(a, b);
    const state = await trainer.state();
    expect(importOptimizers(state, written(state)).trained).toEqual(state.trained);
    a.dispose();
    b.dispose();
    trainer.dispose();
    model.dispose();
  });
});

test('optimizers of CUT', async () => {
  await withoutLeaks(async () => {
    const model = tinyCUT();
    const trainer = new CUTTrainer(model, { patches: 4, seed: 1 });
    const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
    const before = await trainer.state();
    await trainer.trainStep(a, b);
    const state = await trainer.state();
    const files = written(state);
    expect(Object.keys(files)).toEqual(['optimizer_G', 'optimizer_D', 'optimizer_F']);
    expect(importOptimizers(before, files).trained).toEqual(state.trained);
    const { optimizer_F: _, ...others } = files as typeof files & { optimizer_F: Uint8Array };
    expect(messageOf(() => importOptimizers(before, others))).toBe(
      'INVALID_ARGUMENT: importOptimizers: the algorithm "cut" has the optimizers optimizer_G, optimizer_D, optimizer_F, but the file of optimizer_F is missing.',
    );
    expect(messageOf(() => importOptimizers(before, { ...others, optimizer_G: 'a.pth' as never }))).toBe(
      'INVALID_ARGUMENT: importOptimizers: the file of optimizer_G must be a Uint8Array, got "a.pth". Wrap an ArrayBuffer: new Uint8Array(buffer).',
    );
    a.dispose();
    b.dispose();
    trainer.dispose();
    model.dispose();
  });
});

/** The state of a trainer with this schedule, after it was restored with the optimizers of two steps and a number of epochs. */
async function restored(schedule: Schedule, options?: { epoch: number }): Promise<TrainerState> {
  return withoutLeaks(async () => {
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { poolSize: 0, seed: 1, schedule });
    trainer.restore(importOptimizers(await trainer.state(), written(trained), options));
    const state = await trainer.state();
    trainer.dispose();
    model.dispose();
    return state;
  });
}

test('schedules continue from the epochs that are given, or from the steps of the optimizers', async () => {
  const byEpoch = linearSchedule({ epochs: 2, decayEpochs: 4 });
  expect(await restored(byEpoch, { epoch: 3 })).toMatchObject({ epoch: 3, step: 2, schedule: { updates: 3, factor: 1 - 2 / 5 } }); // prettier-ignore
  expect(await restored(byEpoch)).toMatchObject({ epoch: 0, step: 2, schedule: { updates: 0, factor: 1 } });
  const byStep = linearSchedule({ steps: 1, decaySteps: 4 });
  expect(await restored(byStep)).toMatchObject({ step: 2, schedule: { updates: 2, factor: 1 - 2 / 5 } });
  const plateau = plateauSchedule(); // depends on losses, which the files do not tell
  expect((await restored(plateau, { epoch: 3 })).schedule).toEqual(plateau.start);
});

test('the learning rate of the files is written again', () => {
  const half = { ...trained, schedule: { ...trained.schedule, factor: 0.5 } };
  const state = importOptimizers({ ...fresh, running: trained.running }, written(half), { epoch: 7 });
  expect(state).toMatchObject({ epoch: 7, schedule: { factor: 0.5 }, running: null });
  expect(written(state)).toEqual(written(half));
});

test('what is refused', () => {
  const files = written(trained);
  const refused = (optimizer_G: Uint8Array, state = fresh) => messageOf(() => importOptimizers(state, { ...files, optimizer_G })); // prettier-ignore
  const where = 'importOptimizers: "optimizer_G"';
  expect(refused(pth({ epoch: 1 }))).toBe(
    `INVALID_STATE: ${where} has no state of an optimizer. Save optimizer.state_dict().`,
  );
  expect(refused(files.optimizer_D)).toMatch(/^INVALID_STATE: importOptimizers: "optimizer_G" must have \d+ parameters, got \d+\. Is the model of the same architecture\?$/); // prettier-ignore
  expect(refused(files.optimizer_G.subarray(0, 100))).toBe(
    `INVALID_DATA: ${where} is truncated: it ends at byte 100 without the directory of a zip archive. Copy or download it again.`,
  );
  const group = (option: string) => new Map<string, unknown>([[option, true], ['params', []]]); // prettier-ignore
  const adam = (option: string) => pth(new Map<string, unknown>([['state', new Map()], ['param_groups', [group(option)]]]) as never); // prettier-ignore
  expect(refused(adam('amsgrad'))).toBe(
    `INVALID_STATE: ${where} has the option "amsgrad", which the Adam of this library does not have.`,
  );
  const of = (name: string, options: object) => ({ ...fresh, algorithm: { name, options: { ...fresh.algorithm.options, ...options } } }); // prettier-ignore
  expect(messageOf(() => importOptimizers(fresh, files, { epoch: -1 }))).toBe(
    'INVALID_OPTION: importOptimizers: option "epoch" must be a whole number from 0, got -1.',
  );
  expect(messageOf(() => exportOptimizers(of('gan', {})))).toBe(
    'UNSUPPORTED: exportOptimizers: the state must be of the algorithm "cyclegan", "pix2pix" or "cut", got "gan".',
  );
  expect(messageOf(() => exportOptimizers(of('cyclegan', { convention: 'keras' })))).toBe(
    'UNSUPPORTED: exportOptimizers: the state has the convention "keras", whose Adam is that of Keras. Train with convention: "pytorch".',
  );
});
