/** Notes on recorded runs: those that go wrong in a known way, and healthy ones, at every moment. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { notesOf } from '../../src/watch/notes/notes.js';
import type { SheetStats } from '../../src/watch/notes/facts.js';
import { Run } from '../../src/watch/server/run.js';
import { emptyFolder } from '../support/folder.js';
import { type Fixture, healthy, linesOf, readFixture, writeRun } from './fixtures/fixture.js';

/** The notes of a run that has come to row `rows`. */
async function notesAt(fixture: Fixture, rows = fixture.rows.length) {
  const folder = join(await emptyFolder(), 'run');
  const step = fixture.rows[rows - 1]![fixture.columns.indexOf('step')]!;
  const sheets = fixture.sheets.filter((sheet) => sheet.step <= step);
  await writeRun(folder, fixture, { lines: linesOf(fixture).slice(0, rows), sheets });
  const run = new Run(folder, 0);
  await run.refresh();
  return run.info().notes;
}
const codesAt = async (fixture: Fixture, rows?: number) => [
  ...new Set((await notesAt(fixture, rows)).map(({ code }) => code)),
];

test.each(healthy)('%s: silent, at the end and on the way', async (name) => {
  const fixture = await readFixture(name);
  for (const share of [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]) {
    const rows = Math.max(1, Math.floor(share * fixture.rows.length));
    expect({ rows, codes: await codesAt(fixture, rows) }).toEqual({ rows, codes: [] });
  }
});

describe('runs that go wrong', () => {
  test.each([
    ['discriminator-won', ['discriminator-won']],
    ['discriminator-won-pix2pix', ['discriminator-won']],
    ['discriminator-won-gan', ['discriminator-won']],
    ['colours-inverted', ['colours-inverted']],
    ['mode-collapse', ['mode-collapse']],
    ['nothing-learned', ['nothing-learned']],
    ['not-a-number', ['not-a-number']],
  ])('%s', async (name, codes) => {
    expect(await codesAt(await readFixture(name))).toEqual(codes);
  });
});

/** A run of constant values. */
function factsOf({
  algorithm = 'cyclegan',
  adversarial = null as string | null,
  losses = {} as Record<string, number | number[]>,
  lr = 2e-4,
  steps = 1000,
  sheets = [] as SheetStats[],
}) {
  const columns = new Map(
    Object.entries({ ...losses, lr }).map(([name, value]) => [
      name,
      Array.isArray(value) ? value : Array.from({ length: steps }, () => value),
    ]),
  );
  return {
    algorithm,
    adversarial,
    steps: Array.from({ length: steps }, (_, i) => i + 1),
    losses: Object.keys(losses),
    column: (name: string) => columns.get(name),
    sheets,
  };
}
/** Three sheets with the same statistics, from step `first` on. */
const sheetsOf = (stats: Partial<SheetStats>, first = 400): SheetStats[] =>
  [first, first + 100, first + 200].map((step) => ({ step, direction: 'AtoB', ...stats }));
const textsOf = (facts: Parameters<typeof factsOf>[0]) =>
  notesOf(factsOf(facts)).map(({ title, what, todo }) => [title, what, todo]);

describe('texts', () => {
  test('discriminator', () => {
    const todo =
      'Lower the learning rate of the discriminator, for example to a quarter of the generator’s. More training images, random ' +
      'crops and flips also help: a discriminator that knows all images by heart wins early.';
    expect(textsOf({ losses: { D_A: 0.001, D_B: 0.1 } })).toEqual([
      [
        'The discriminator of B has won',
        'D_A has been near 0 for 200 steps (median 0.001). It recognizes every fake, so the generator no longer learns from it.',
        todo,
      ],
    ]);
    expect(
      textsOf({ algorithm: 'pix2pix', losses: { D_real: 0.001, D_fake: 0.019 }, steps: 20_000 }),
    ).toEqual([
      [
        'The discriminator has won',
        'D_real and D_fake have been near 0 for 2,000 steps (median 0.01). It recognizes every fake, so the generator no longer ' +
          'learns from it.',
        todo,
      ],
    ]);
  });

  test('NaN', () => {
    const losses = { D_A: [1, NaN], D_B: [1, 1], G_A: [1, NaN] };
    expect(textsOf({ losses, steps: 2 })).toEqual([
      [
        'A loss is not a number',
        'At step 2, D_A, G_A became NaN or infinite.',
        'Resume from the last checkpoint with a lower learning rate, for example half of it. If it happens again at once, look for ' +
          'broken training images, and for loss weights (λ) that are too large.',
      ],
    ]);
  });

  test('learning rate', () => {
    expect(textsOf({ lr: 0 })).toEqual([
      [
        'The learning rate is 0',
        'The schedule of the learning rate has ended. Further steps do not change the networks.',
        'Use the model as it is, or resume with more epochs or another schedule.',
      ],
    ]);
  });

  test('sheets', () => {
    const direction = (name: string, stats: Partial<SheetStats>) =>
      sheetsOf(stats).map((sheet) => ({ ...sheet, direction: name }));
    const inverted = { inputFakeCorrelation: -0.5 };
    expect(textsOf({ sheets: [...direction('AtoB', inverted), ...direction('BtoA', inverted)] })).toEqual([
      [
        'Colours are inverted, A to B and B to A',
        'Where the inputs are bright, the fakes are dark (correlation -0.50 in the last 3 sheets).',
        'If this is not what the data is like, start again with another seed: the generators do not leave this state. An identity ' +
          'loss (lambdaIdentity 0.5) makes it less likely.',
      ],
    ]);
    expect(textsOf({ sheets: sheetsOf({ fakeDiversity: 0.01, inputDiversity: 0.2 }) })).toEqual([
      [
        'Fakes are all alike, A to B',
        'They differ from each other only 5 % as much as the inputs do, in the last 3 sheets. The generator has collapsed to one ' +
          'image, or a few.',
        'Resume from a checkpoint before the collapse with a lower learning rate of the generator. A larger cycle or L1 weight ' +
          '(lambdaA, lambdaB, lambdaL1), or another adversarial loss, makes it less likely.',
      ],
    ]);
    const collapsed = sheetsOf({ fakeDiversity: 0.05, inputDiversity: 0.2 });
    expect(textsOf({ algorithm: 'gan', sheets: collapsed })).toEqual([
      [
        'Fakes are all alike',
        'They differ from each other only 25 % as much as real images do, in the last 3 sheets. The generator has collapsed to one ' +
          'image, or a few.',
        'Resume from a checkpoint before the collapse with a lower learning rate of the generator. Another loss (wgan-gp, dragan), ' +
          'or more critic steps, makes it less likely.',
      ],
    ]);
    const same = { inputFakeDistance: 0.012, inputFakeCorrelation: 0.99, inputDiversity: 0.2 };
    expect(textsOf({ sheets: sheetsOf(same) })).toEqual([
      [
        'Fakes equal their inputs, A to B',
        'The generator changes images by 1.2 % of the range of values on average, in the last 3 sheets.',
        'Lower the cycle and identity weights (lambdaA, lambdaB, lambdaIdentity): they reward generators that change nothing. Check ' +
          'also that the two folders really hold different kinds of images.',
      ],
    ]);
  });
});

describe('no note', () => {
  test.each([
    ['for a critic, whose loss may be anything', { adversarial: 'wgan-gp', losses: { D_A: 0, D_B: 0 } }],
    ['for a loss of your own', { adversarial: 'mine', losses: { D_A: 0, D_B: 0 } }],
    ['in the first 200 steps', { losses: { D_A: 0, D_B: 0 }, steps: 200 }],
    ['for a run without rows', { losses: {}, steps: 0 }],
    ['for images of the first steps', { sheets: sheetsOf({ inputFakeCorrelation: -1 }, 300) }],
    ['for a single odd sheet', { sheets: sheetsOf({ inputFakeCorrelation: -1 }).slice(1) }],
    [
      'for inputs that are all the same image',
      { sheets: sheetsOf({ fakeDiversity: 0, inputDiversity: 0, inputFakeDistance: 0 }) },
    ],
    ['for a loss that only some steps have', { losses: { D_A: 1, D_B: 1, gp_D_A: [1, NaN, NaN] }, steps: 3 }],
  ])('%s', (_, facts) => {
    expect(textsOf(facts)).toEqual([]);
  });
});
