/** The types of trainers, their losses and callbacks. The compiler checks them (`npm run lint:types`); nothing here computes. */
import type * as tf from '@tensorflow/tfjs';
import type {
  AdversarialLoss,
  CUTLosses,
  CUTTrainer,
  CycleGAN,
  CycleGANLosses,
  CycleGANTrainer,
  CycleGANTrainerOptions,
  earlyStop,
  GANTrainer,
  GANTrainerOptions,
  GANTrainingLosses,
  Images,
  Pix2Pix,
  Pix2PixLosses,
  Pix2PixTrainer,
  stopOnNaN,
  TrainerCallback,
  TrainerState,
} from 'ts-cyclegan';
import type {
  ImageFolder,
  readImage,
  resumeRun,
  RunFolder,
  runFolder,
  unpairedFolder,
} from 'ts-cyclegan/node';
import { expectTypeOf, test } from 'vitest';

test('each algorithm has its own losses', () => {
  expectTypeOf<CycleGANTrainer['trainStep']>().returns.resolves.toEqualTypeOf<CycleGANLosses>();
  expectTypeOf<Pix2PixTrainer['trainStep']>().returns.resolves.toEqualTypeOf<Pix2PixLosses>();
  expectTypeOf<CUTTrainer['trainStep']>().returns.resolves.toEqualTypeOf<CUTLosses>();
  expectTypeOf<CUTLosses['NCE']>().toEqualTypeOf<number>();
  expectTypeOf<CUTLosses['NCE_Y']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<GANTrainer['trainStep']>().returns.resolves.toEqualTypeOf<GANTrainingLosses>();
  expectTypeOf<CycleGANLosses['cycle_A']>().toEqualTypeOf<number>();
  expectTypeOf<Pix2PixLosses['G_L1']>().toEqualTypeOf<number>();
  expectTypeOf<GANTrainingLosses['D']>().toEqualTypeOf<number>();
  // losses that not every step has
  expectTypeOf<CycleGANLosses['gp_D_A']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<GANTrainingLosses['D_3']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<CycleGANLosses>().not.toHaveProperty('G_L1');
});

test('the history of fit has the losses of the algorithm', () => {
  type History = Awaited<ReturnType<CycleGANTrainer['fit']>>['history'];
  expectTypeOf<History['cycle_A']>().toExtend<number[] | undefined>();
  expectTypeOf<History>().not.toHaveProperty('G_GAN');
});

test('options of trainers', () => {
  type Arguments = ConstructorParameters<typeof CycleGANTrainer>;
  expectTypeOf<[CycleGAN]>().toExtend<Arguments>();
  expectTypeOf<[CycleGAN, { epochs: 2; ema: 0.999 }]>().toExtend<Arguments>();
  expectTypeOf<[Pix2Pix]>().not.toExtend<Arguments>();
  expectTypeOf<CycleGANTrainerOptions['adversarial']>()
    .extract<AdversarialLoss>()
    .toEqualTypeOf<AdversarialLoss>();
  expectTypeOf<{ lambdaA: string }>().not.toExtend<CycleGANTrainerOptions>();
  expectTypeOf<{ optimizer: { name: 'sgd' } }>().not.toExtend<GANTrainerOptions>();
});

test('callbacks get the losses of their trainer, and general ones fit every trainer', () => {
  type Callbacks = NonNullable<Parameters<CycleGANTrainer['fit']>[2]>['callbacks'];
  type Own = TrainerCallback<CycleGANLosses>;
  expectTypeOf<NonNullable<Own['onStepEnd']>>().parameter(1).toEqualTypeOf<CycleGANLosses>();
  expectTypeOf<NonNullable<Own['onEpochEnd']>>()
    .parameter(1)
    .toEqualTypeOf<CycleGANLosses & { learningRate: number }>();
  expectTypeOf<Own>().toExtend<Callbacks>();
  expectTypeOf<TrainerCallback>().toExtend<Callbacks>();
  expectTypeOf<ReturnType<typeof stopOnNaN>>().toExtend<Callbacks>();
  expectTypeOf<ReturnType<typeof earlyStop>>().toExtend<Callbacks>();
  expectTypeOf<RunFolder>().toExtend<Callbacks>();
  expectTypeOf<ReturnType<typeof runFolder>>().toEqualTypeOf<RunFolder>();
});

test('images: arrays, generators and folders', () => {
  expectTypeOf<tf.Tensor3D[]>().toExtend<Images>();
  expectTypeOf<AsyncGenerator<tf.Tensor3D>>().toExtend<Images>();
  expectTypeOf<ImageFolder>().toExtend<Images>();
  expectTypeOf<tf.Tensor3D>().not.toExtend<Images>();
  expectTypeOf<ReturnType<typeof unpairedFolder>['testA']>().toEqualTypeOf<ImageFolder | undefined>();
});

test('images and states of files', () => {
  expectTypeOf<typeof readImage>().parameter(0).toEqualTypeOf<string>();
  expectTypeOf<typeof readImage>().returns.resolves.toEqualTypeOf<tf.Tensor3D>();
  expectTypeOf<CycleGANTrainer['state']>().returns.resolves.toEqualTypeOf<TrainerState>();
  expectTypeOf<CycleGANTrainer['restore']>().parameter(0).toEqualTypeOf<TrainerState>();
  expectTypeOf<
    Awaited<ReturnType<typeof resumeRun<CycleGANTrainer>>>['trainer']
  >().toEqualTypeOf<CycleGANTrainer>();
});
