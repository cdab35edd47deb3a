/** The recipes that are compared, as data: what differs from the plain recipe. */
import type {
  AdversarialMode,
  Convention,
  CUTOptions,
  CUTTrainerOptions,
  CycleGANOptions,
  CycleGANTrainerOptions,
} from 'ts-cyclegan';

/** A way to train on the demo's images. */
export interface Recipe {
  name: string;
  /** What it changes, for the table. */
  about: string;
  model?: Omit<CycleGANOptions, 'inputShape' | 'seed'>;
  trainer?: Omit<CycleGANTrainerOptions, 'seed' | 'schedule'>;
  /** Two CUTs, one for each direction, in place of a CycleGAN. */
  cut?: CUTTrainerOptions['preset'];
  /** Whether CUT's networks are antialiased. */
  antialias?: boolean;
  /** Whether the learning rate decays to 0 over the second half of the run. */
  decay?: boolean;
  /** The size that images are cropped from, and the share of mirrored images. */
  loadSize?: number;
  flip?: number;
  batch?: number;
  /** Trained for the steps at which PyTorch was measured, instead of a time. */
  steps?: readonly number[];
}

/** Size of the images and networks of all recipes. */
export const size = 64;
const filters = 32;

const plain = (convention: Convention): Recipe => ({
  name: `plain-${convention}`,
  about: `the plain recipe, convention \`${convention}\``,
  model: { convention },
  steps: [664, 1600],
});

const lever = (name: string, about: string, change: Omit<Recipe, 'name' | 'about'>): Recipe => ({
  name,
  about,
  ...change,
});

const rate = (learningRate: number): CycleGANTrainerOptions => ({ learningRate });
const adversarial = (mode: AdversarialMode): CycleGANTrainerOptions => ({ adversarial: mode });
const demo: Pick<Recipe, 'model' | 'trainer' | 'decay'> = {
  model: { residualBlocks: 2, discriminatorLayers: 2 },
  trainer: { adversarial: 'vanilla', ...rate(8e-4) },
  decay: true,
};

/** All recipes; those after the first two are trained for the same time. */
export const recipes: readonly Recipe[] = [
  plain('pytorch'),
  plain('keras'),
  { name: 'base', about: 'the plain recipe' },
  lever('identity-0', 'no identity loss', { trainer: { lambdaIdentity: 0 } }),
  lever('blocks-3', '3 residual blocks', { model: { residualBlocks: 3 } }),
  lever('blocks-2', '2 residual blocks', { model: { residualBlocks: 2 } }),
  lever('blocks-1', '1 residual block', { model: { residualBlocks: 1 } }),
  lever('d-layers-2', 'a discriminator of 2 layers', { model: { discriminatorLayers: 2 } }),
  lever('rate-4e-4', 'learning rate 4e-4', { trainer: rate(4e-4) }),
  lever('rate-8e-4', 'learning rate 8e-4', { trainer: rate(8e-4) }),
  lever('vanilla', 'the loss `vanilla`', { trainer: adversarial('vanilla') }),
  lever('hinge', 'the loss `hinge`', { trainer: adversarial('hinge') }),
  lever('resize', 'resize convolutions', { model: { upsampling: 'resize' } }),
  lever('ema-0.99', 'averages with decay 0.99', { trainer: { ema: 0.99 } }),
  lever('flips', 'mirrored images', { flip: 0.5 }),
  lever('crops', 'crops from 72 pixels', { loadSize: 72 }),
  lever('decay', 'learning rate decays to 0 from half of the run', { decay: true }),
  lever('batch-2', 'batch 2', { batch: 2 }),
  lever('batch-4', 'batch 4', { batch: 4 }),
  lever('pool-0', 'no image pool', { trainer: { poolSize: 0 } }),
  lever('augment', 'DiffAugment: colour, translation, cutout', {
    trainer: { augment: ['color', 'translation', 'cutout'] },
  }),
  lever('lambda-5', 'λ 5', { trainer: { lambdaA: 5, lambdaB: 5 } }),
  lever('light', 'the light generator: separable residual blocks', { model: { separable: true } }),
  lever('cut', 'CUT', { cut: 'cut' }),
  lever('fastcut', 'FastCUT', { cut: 'fastcut' }),
  lever('cut-plain', 'CUT without antialiasing', { cut: 'cut', antialias: false }),
  lever('fastcut-plain', 'FastCUT without antialiasing', { cut: 'fastcut', antialias: false }),
  lever('demo', 'the demo: 2 blocks, 2 layers, `vanilla`, 8e-4, decay', demo),
  lever('demo-lsgan', 'the demo with `lsgan`', { ...demo, trainer: rate(8e-4) }),
  lever('demo-1-block', 'the demo with 1 block', {
    ...demo,
    model: { residualBlocks: 1, discriminatorLayers: 2 },
  }),
];

/** The options of model and trainer: those of a CycleGAN, and those of CUT. */
export function optionsOf(recipe: Recipe, seed: number, steps: number) {
  const { model, trainer, cut, antialias, decay = false } = recipe;
  const half = Math.ceil(steps / 2);
  const networks = { filters, residualBlocks: 6, inputShape: [size, size, 3], seed } satisfies CUTOptions;
  const training = {
    ema: 0.999,
    seed,
    schedule: decay ? { name: 'linear', steps: half, decaySteps: steps - half } : { name: 'constant' },
  } satisfies CUTTrainerOptions;
  return {
    model: { convention: 'pytorch', ...networks, ...model } satisfies CycleGANOptions,
    trainer: { ...training, ...trainer } satisfies CycleGANTrainerOptions,
    cut: cut && {
      model: { ...networks, ...(antialias !== undefined && { antialias }) } satisfies CUTOptions,
      trainer: { ...training, preset: cut } satisfies CUTTrainerOptions,
    },
    images: {
      convention: model?.convention ?? 'pytorch',
      loadSize: recipe.loadSize ?? size,
      cropSize: size,
      flip: recipe.flip ?? 0,
    },
  } as const;
}
