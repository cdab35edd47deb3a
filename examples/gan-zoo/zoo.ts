/** How each loss is trained here: what differs from the defaults of its paper, which are meant for longer runs. */
import {
  ganLoss,
  type GANLossName,
  type GANOptions,
  type GANTrainerOptions,
  linearSchedule,
} from 'ts-cyclegan';

/** The ten losses of the table that tutorials show. */
export const losses = [
  'gan',
  'lsgan',
  'wgan',
  'wgan-gp',
  'dragan',
  'cgan',
  'infogan',
  'acgan',
  'ebgan',
  'began',
] as const satisfies readonly GANLossName[];

export type ZooLoss = (typeof losses)[number];

/** Epochs, and options of the model and of its trainer. */
export interface Recipe {
  epochs: number;
  model?: GANOptions;
  trainer?: GANTrainerOptions;
}

/** Higher rates than in papers, as runs are short: a thousand steps instead of ten thousands. */
const fast = { learningRate: { generator: 1e-3, discriminator: 5e-4 } } as const satisfies GANTrainerOptions;

/** First weights in proportion to the size of a layer, for networks without norm. */
const xavier = { initializer: 'xavier', initializerGain: 1 } as const satisfies GANOptions;

/** Batch norm in the discriminator, too, which makes it learn faster. */
const normed = { discriminatorNorm: 'batch' } as const satisfies GANOptions;

export const recipes: Record<ZooLoss, Recipe> = {
  gan: { epochs: 3, trainer: fast },
  lsgan: { epochs: 3, trainer: fast },
  wgan: { epochs: 6, model: normed, trainer: { criticSteps: 2, learningRate: 5e-4 } },
  'wgan-gp': { epochs: 6, model: xavier, trainer: { ...fast, criticSteps: 2 } },
  dragan: { epochs: 3, model: xavier, trainer: fast },
  cgan: {
    epochs: 12,
    model: normed,
    trainer: { ...fast, schedule: linearSchedule({ epochs: 6, decayEpochs: 6 }) },
  },
  infogan: { epochs: 3, model: normed, trainer: fast },
  acgan: { epochs: 9, trainer: fast },
  ebgan: { epochs: 3, model: xavier, trainer: { learningRate: 1e-3 } },
  began: {
    epochs: 3,
    model: { ...xavier, filters: 8 },
    trainer: { loss: ganLoss('began', { gamma: 0.7, lambdaK: 0.01 }), learningRate: 1e-3 },
  },
};
