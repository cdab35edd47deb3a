/** What the columns of the metrics mean, and what healthy curves look like, for each algorithm. */
import type { RunInfo } from '../protocol.js';

/** One chart: which columns it shows, and what they mean. */
export interface ChartKind {
  readonly key: string;
  readonly title: string;
  /** Whether only a few steps have values. */
  readonly sparse?: true;
  readonly includes: (column: string) => boolean;
  /** What the values are and what healthy looks like. */
  readonly text: (run: RunInfo | undefined) => string;
  readonly format?: 'bytes' | 'speed';
}

const matches = (pattern: RegExp) => (column: string) => pattern.test(column);

/** The loss of a discriminator that cannot tell fakes from real images, if the loss has such a value. */
function undecided(run: RunInfo | undefined): string {
  const gan = run?.algorithm === 'gan';
  const loss =
    run?.adversarial ??
    { cyclegan: 'lsgan', pix2pix: 'vanilla', cut: 'lsgan' }[run?.algorithm ?? ''] ??
    'gan';
  if (loss === 'lsgan') return '0.25';
  if (['vanilla', 'gan', 'cgan'].includes(loss)) return gan ? '1.39' : '0.69';
  if (loss === 'hinge') return gan ? '2' : '1';
  return '';
}
const isCritic = (run: RunInfo | undefined) => /^w?gan-?gp$|^wgan/.test(run?.adversarial ?? '');

function discriminatorText(run: RunInfo | undefined): string {
  if (isCritic(run)) {
    return 'The critic’s loss is minus its estimate of the distance between real images and fakes. Healthy: it rises slowly towards 0 from below.';
  }
  const value = undecided(run);
  const names =
    run?.algorithm === 'cyclegan'
      ? 'D_A judges images of B, D_B images of A.'
      : run?.algorithm === 'pix2pix'
        ? 'D_real is the loss on real pairs, D_fake on pairs with a fake.'
        : run?.algorithm === 'cut'
          ? 'D_real is the loss on real images of B, D_fake on fakes.'
          : 'The loss of the network that tells real images from fakes.';
  return `${names} ${value ? `At ${value} it cannot tell them apart. ` : ''}Healthy: it stays above 0 and goes up and down. Near 0 for long, the discriminator has won.`;
}

const kinds: readonly ChartKind[] = [
  {
    key: 'discriminator',
    title: 'Discriminator',
    includes: matches(/^D(_A|_B|_real|_fake)?$/),
    text: discriminatorText,
  },
  {
    key: 'generator',
    title: 'Generator',
    includes: matches(/^G(_A|_B|_GAN)?$/),
    text: (run) =>
      isCritic(run)
        ? 'Minus the critic’s mean score of fakes. Its level means little. Healthy: no sudden jumps.'
        : `${run?.algorithm === 'cyclegan' ? 'G_A translates A to B, G_B translates B to A. ' : ''}The adversarial loss: how far the fakes are from passing as real. Healthy: it moves up and down without a trend. A steady rise means that the discriminator is getting ahead.`,
  },
  {
    key: 'cycle',
    title: 'Cycle',
    includes: matches(/^cycle_/),
    text: () =>
      'The distance between an image and its translation to the other domain and back, times λ. Healthy: it falls quickly, then slowly, and does not reach 0.',
  },
  {
    key: 'identity',
    title: 'Identity',
    includes: matches(/^idt_/),
    text: () =>
      'How much a generator changes an image that is already of its output’s kind, times λ. Healthy: it falls along with the cycle loss.',
  },
  {
    key: 'l1',
    title: 'Distance from the target',
    includes: matches(/^G_L1$/),
    text: () =>
      'The mean absolute difference of fake and target, times λ. Healthy: it falls quickly, then slowly. It is the best single sign of progress.',
  },
  {
    key: 'patches',
    title: 'Patches',
    includes: matches(/^NCE(_Y)?$/),
    text: () =>
      'How hard it is to find a patch of an image by the same patch of its translation, times λ: NCE for images of A, NCE_Y for images of B. Guessing among 256 patches gives 5.5. Healthy: it falls quickly, then slowly, and does not reach 0. At 0, fakes are copies of their inputs.',
  },
  {
    key: 'penalty',
    title: 'Gradient penalty',
    includes: matches(/^(gp_D|penalty$)/),
    text: () => 'Keeps the discriminator’s gradients near 1. It is part of D. Healthy: small and steady.',
  },
  {
    key: 'classes',
    title: 'Classes',
    includes: matches(/^class_(real|fake|G)$/),
    text: () =>
      'Cross-entropy of the classes of real images, of fakes, and of fakes in the generator’s update. Healthy: all three fall towards 0.',
  },
  {
    key: 'codes',
    title: 'Codes',
    includes: matches(/^info_(D|G)$/),
    text: () => 'The error of the codes that the head estimates from the fakes. Healthy: it falls.',
  },
  {
    key: 'pull-away',
    title: 'Pull-away term',
    includes: matches(/^pull_away$/),
    text: () =>
      'How similar the codes of the fakes are. Healthy: small. Near 1, all fakes are the same image.',
  },
  {
    key: 'balance',
    title: 'Balance (BEGAN)',
    includes: matches(/^[kM]$/),
    text: () =>
      'k balances the two networks, M measures convergence. Healthy: k stays between 0 and 1, and M falls.',
  },
  {
    key: 'updates',
    title: 'Each update of the discriminator',
    includes: matches(/^D_\d+$/),
    text: () => 'D of the first, second … update within a step. Healthy: nearly the same curves.',
  },
  {
    key: 'test-ssim',
    sparse: true,
    title: 'Test pairs: SSIM',
    includes: matches(/^test_ssim/),
    text: () =>
      'The structural similarity of translated test images and their true counterparts. Healthy: it rises. 1 means equal.',
  },
  {
    key: 'test-l1',
    sparse: true,
    title: 'Test pairs: L1',
    includes: matches(/^test_(l1|cycle)/),
    text: () =>
      'The mean absolute difference, from 0 to 1: of translated test images and their true counterparts, and of inputs and their translations there and back (cycle). Healthy: it falls. If it rises while the training losses fall, the model memorizes.',
  },
  {
    key: 'test-psnr',
    sparse: true,
    title: 'Test pairs: PSNR',
    includes: matches(/^test_psnr/),
    text: () => 'The peak signal-to-noise ratio of translated test images in decibels. Healthy: it rises.',
  },
  {
    key: 'other',
    title: 'Other losses',
    includes: () => true,
    text: () => 'Further columns of metrics.jsonl.',
  },
  {
    key: 'lr',
    title: 'Learning rate',
    includes: matches(/^lr$/),
    text: () =>
      'The step size of the generator’s optimizer. It is constant with the convention keras. pytorch lowers it to 0 over the second half.',
  },
  {
    key: 'speed',
    title: 'Speed',
    includes: matches(/^speed$/),
    text: () =>
      'Steps per second, over 20 steps. Healthy: level. Dips come from other programs, or from images that load too slowly.',
    format: 'speed',
  },
  {
    key: 'memory',
    title: 'Memory',
    includes: matches(/^memory$/),
    text: () =>
      'Main memory of the training process. Healthy: level after the first steps. A steady rise is a leak.',
    format: 'bytes',
  },
];

/** Parts of a loss for each update of the discriminator, whose means are shown. */
const isDetail = matches(/^(penalty|class_\w+|info_\w+)_\d+$/);

/** The charts for these columns, in order, with the columns of each. */
export function chartsFor(columns: readonly string[]): { kind: ChartKind; columns: string[] }[] {
  const last = kinds.filter(({ key }) => key !== 'other');
  const kindOf = (column: string) =>
    last.find((kind) => kind.includes(column)) ?? kinds.find(({ key }) => key === 'other')!;
  const shown = columns.filter((column) => !isDetail(column));
  return kinds
    .map((kind) => ({ kind, columns: shown.filter((column) => kindOf(column) === kind) }))
    .filter((chart) => chart.columns.length > 0);
}

/** The meanings of scores on test pairs. */
function ofTestPairs(suffix: string, direction = 'translation'): Record<string, string> {
  const score = `${direction}, compared with the truth`;
  return {
    [`test_l1${suffix}`]: score,
    [`test_psnr${suffix}`]: score,
    [`test_ssim${suffix}`]: score,
    [`test_cycle${suffix}`]: `${direction} and back, compared with the input`,
  };
}

const meanings: Readonly<Record<string, string>> = {
  D_A: 'discriminator of B’s images',
  D_B: 'discriminator of A’s images',
  G_A: 'generator A to B',
  G_B: 'generator B to A',
  cycle_A: 'A to B to A',
  cycle_B: 'B to A to B',
  ...ofTestPairs(''),
  ...ofTestPairs('_A', 'A to B'),
  ...ofTestPairs('_B', 'B to A'),
  idt_A: 'generator A to B, given images of B',
  idt_B: 'generator B to A, given images of A',
  gp_D_A: 'penalty in D_A',
  gp_D_B: 'penalty in D_B',
  D_real: 'real images or pairs',
  D_fake: 'fakes',
  G_GAN: 'adversarial loss',
  G_L1: 'fake and target',
  NCE: 'patches of A and of the fake',
  NCE_Y: 'patches of B, as given and as generated',
  D: 'all that the discriminator minimizes',
  G: 'all that the generator minimizes',
  lr: 'generator',
  speed: 'steps per second',
  memory: 'process',
};

/** A few words on a column. */
export const meaningOf = (column: string): string => meanings[column] ?? '';
