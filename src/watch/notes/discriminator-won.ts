/** The discriminator recognizes all fakes, and the generator gets no useful gradient. */
import type { Check, RunFacts } from './facts.js';
import { median } from './facts.js';

/**
 * The discriminator's loss if it guesses, because it cannot tell fakes from real images. CycleGAN, pix2pix and CUT halve
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
const defaults: Readonly<Record<string, string>> = {
  cyclegan: 'lsgan',
  pix2pix: 'vanilla',
  cut: 'lsgan',
  gan: 'gan',
};

/**
 * Of the undecided value. In recorded healthy runs the loss fell to 4 % for a hundred steps, and pix2pix trains well at 10 %; in runs
 * whose discriminator had won it was at 1 % and falling.
 */
const share = 0.02;

/** "For long": the last 200 steps, or the last tenth of the run. Most discriminators are far ahead for some of the first steps. */
const windowOf = (step: number): number => Math.max(200, Math.ceil(step / 10));
/** The fewest rows in these steps that give a note. */
const rowsNeeded = 20;

/** The discriminators: their names, and the columns whose mean is the loss. */
function discriminators({ algorithm, losses }: RunFacts): { name: string; columns: string[] }[] {
  if (algorithm === 'pix2pix' || algorithm === 'cut')
    return [{ name: 'The discriminator', columns: ['D_real', 'D_fake'] }];
  if (losses.includes('D')) return [{ name: 'The discriminator', columns: ['D'] }];
  return [
    { name: 'The discriminator of B', columns: ['D_A'] },
    { name: 'The discriminator of A', columns: ['D_B'] },
  ];
}

export const discriminatorWon: Check = (facts) => {
  const loss = facts.adversarial ?? defaults[facts.algorithm ?? ''] ?? '';
  const values = Object.hasOwn(undecided, loss) ? undecided[loss] : undefined;
  const { steps } = facts;
  const last = steps[steps.length - 1] ?? 0;
  const length = windowOf(last);
  let start = steps.length;
  while (start > 0 && steps[start - 1]! > last - length) start--;
  if (!values || last <= length || steps.length - start < rowsNeeded) return [];
  const limit = share * (facts.algorithm === 'gan' ? values.sum : values.mean);
  return discriminators(facts).flatMap(({ name, columns }) => {
    const medians = columns.map((column) => median(facts.column(column) ?? [], start));
    const mean = medians.reduce((sum, value) => sum + value, 0) / medians.length;
    if (!(mean < limit)) return [];
    return [
      {
        code: 'discriminator-won',
        severity: 'warning',
        title: `${name} has won`,
        what:
          `${columns.join(' and ')} ${columns.length > 1 ? 'have' : 'has'} been near 0 for ${length.toLocaleString('en')} steps ` +
          `(median ${Number(mean.toPrecision(2))}). It recognizes every fake, so the generator no longer learns from it.`,
        todo:
          'Lower the learning rate of the discriminator, for example to a quarter of the generator’s. More training images, random ' +
          'crops and flips also help: a discriminator that knows all images by heart wins early.',
      },
    ];
  });
};
