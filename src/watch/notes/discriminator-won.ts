/** The discriminator tells fakes from real images with certainty, and the generator gets no useful gradient. */
import type { Check, RunFacts } from './facts.js';
import { median } from './facts.js';

/**
 * The discriminator's loss if it cannot tell fakes from real images: both scores are those of a coin. CycleGAN and pix2pix halve
 * the loss, or show its halves, so it is the mean of both halves there. Wasserstein and energy losses have no such value: their
 * loss may be anything, so they get no note.
 */
const undecided: Readonly<Record<string, { mean: number; sum: number }>> = {
  lsgan: { mean: 0.25, sum: 0.25 }, // the sum of the GANs has a factor of ½
  ralsgan: { mean: 1, sum: 1 },
  vanilla: { mean: Math.LN2, sum: 2 * Math.LN2 },
  gan: { mean: Math.LN2, sum: 2 * Math.LN2 },
  cgan: { mean: Math.LN2, sum: 2 * Math.LN2 },
  rsgan: { mean: Math.LN2 / 2, sum: Math.LN2 },
  hinge: { mean: 1, sum: 2 },
};

/** Without a name in `config.json`: the defaults of the trainers. */
const defaults: Readonly<Record<string, string>> = { cyclegan: 'lsgan', pix2pix: 'vanilla', gan: 'gan' };

/**
 * Of the undecided value. Healthy small runs were recorded at 4 % for a hundred steps, and pix2pix trains well at 5 %; in runs whose
 * discriminator had won it was below 0.5 %.
 */
const share = 0.01;

/** "For long": the last 200 rows, or the last tenth of the run. Most discriminators are far ahead for some of the first steps. */
const rowsOf = (count: number): number => Math.max(200, Math.ceil(count / 10));

/** The discriminators: what they are called, and the columns whose mean is the loss. */
function discriminators({ algorithm, losses }: RunFacts): { name: string; columns: string[] }[] {
  if (algorithm === 'pix2pix') return [{ name: 'The discriminator', columns: ['D_real', 'D_fake'] }];
  if (losses.includes('D')) return [{ name: 'The discriminator', columns: ['D'] }];
  return [
    { name: 'The discriminator of B', columns: ['D_A'] },
    { name: 'The discriminator of A', columns: ['D_B'] },
  ];
}

export const discriminatorWon: Check = (facts) => {
  const loss = facts.adversarial ?? defaults[facts.algorithm ?? ''] ?? '';
  const values = Object.hasOwn(undecided, loss) ? undecided[loss] : undefined;
  const rows = rowsOf(facts.steps.length);
  if (!values || facts.steps.length < rows) return [];
  const limit = share * (facts.algorithm === 'gan' ? values.sum : values.mean);
  return discriminators(facts).flatMap(({ name, columns }) => {
    const start = facts.steps.length - rows;
    const medians = columns.map((column) => median(facts.column(column) ?? [], start));
    const loss = medians.reduce((sum, value) => sum + value, 0) / medians.length;
    if (!(loss < limit)) return [];
    return [
      {
        code: 'discriminator-won',
        severity: 'warning',
        title: `${name} has won`,
        what:
          `${columns.join(' and ')} ${columns.length > 1 ? 'have' : 'has'} been near 0 for ${rows} steps (median ${loss.toPrecision(2)}). ` +
          'It recognizes every fake, so the generator no longer learns from it.',
        todo:
          'Lower the learning rate of the discriminator, for example to a quarter of the generator’s. More training images, random ' +
          'crops and flips also help: a discriminator wins early if it knows all images by heart.',
      },
    ];
  });
};
