/** The types of models and their options. The compiler checks them (`npm run lint:types`); nothing here computes. */
import type * as tf from '@tensorflow/tfjs';
import type {
  Border,
  Convention,
  CycleGAN,
  CycleGANNetworks,
  CycleGANOptions,
  Direction,
  ErrorCode,
  GAN,
  GANLossName,
  GANOptions,
  isCycleGANError,
  Pix2Pix,
  translateImage,
  Translator,
} from 'ts-cyclegan';
import { expectTypeOf, test } from 'vitest';

test('options of CycleGAN: all optional, and only known words', () => {
  expectTypeOf<object>().toExtend<CycleGANOptions>(); // {}
  expectTypeOf<{ filters: number; residualBlocks: number }>().toExtend<CycleGANOptions>();
  expectTypeOf<CycleGANOptions['convention']>().toEqualTypeOf<Convention | undefined>();
  expectTypeOf<CycleGANOptions['border']>().toEqualTypeOf<Border | undefined>();
  expectTypeOf<Convention>().toEqualTypeOf<'keras' | 'pytorch'>();
  expectTypeOf<{ convention: 'tensorflow' }>().not.toExtend<CycleGANOptions>();
  expectTypeOf<{ filters: string }>().not.toExtend<CycleGANOptions>();
});

test('a model is built from options or from networks', () => {
  expectTypeOf<typeof CycleGAN>().toBeConstructibleWith();
  expectTypeOf<typeof CycleGAN>().toBeConstructibleWith({ inputShape: [64, 64, 3], seed: 7 });
  expectTypeOf<CycleGANNetworks>().toExtend<NonNullable<ConstructorParameters<typeof CycleGAN>[0]>>();
  expectTypeOf<typeof GAN>().toBeConstructibleWith({ loss: 'acgan', classes: 10 });
  expectTypeOf<typeof Pix2Pix>().toBeConstructibleWith({ inputShape: [64, 64, 1], outputChannels: 3 });
  expectTypeOf<GANOptions['loss']>().toEqualTypeOf<GANLossName | undefined>();
  expectTypeOf<'bgan'>().not.toExtend<GANLossName>();
});

test('translate returns the rank that it got; the direction is required for CycleGAN only', () => {
  type Translate = CycleGAN['translate'];
  type On<T extends tf.Tensor3D | tf.Tensor4D> = ReturnType<typeof CycleGAN.prototype.translate<T>>;
  expectTypeOf<On<tf.Tensor3D>>().toEqualTypeOf<tf.Tensor3D>();
  expectTypeOf<On<tf.Tensor4D>>().toEqualTypeOf<tf.Tensor4D>();
  expectTypeOf<Parameters<Translate>[1]>().toEqualTypeOf<Direction>();
  expectTypeOf<Direction>().toEqualTypeOf<'AtoB' | 'BtoA'>();
  expectTypeOf<Parameters<Translator['translate']>['length']>().toEqualTypeOf<1 | 2>();
  expectTypeOf<Parameters<Pix2Pix['translate']>['length']>().toEqualTypeOf<1 | 2>();
  expectTypeOf<typeof translateImage>().returns.resolves.toEqualTypeOf<tf.Tensor3D>();
});

test('load returns its own class', () => {
  expectTypeOf<typeof CycleGAN.load>().returns.resolves.toEqualTypeOf<CycleGAN>();
  expectTypeOf<typeof Pix2Pix.load>().returns.resolves.toEqualTypeOf<Pix2Pix>();
  expectTypeOf<typeof GAN.load>().returns.resolves.toEqualTypeOf<GAN>();
  expectTypeOf<typeof GAN.load>().parameter(0).toEqualTypeOf<string | tf.io.IOHandler>();
});

test('isCycleGANError narrows, and accepts known codes only', () => {
  expectTypeOf<typeof isCycleGANError>().parameter(1).toEqualTypeOf<ErrorCode | undefined>();
  expectTypeOf<typeof isCycleGANError>().guards.toExtend<{ code: ErrorCode; message: string }>();
  expectTypeOf<'NO_CODE'>().not.toExtend<ErrorCode>();
});
