/**
 * CycleGAN for TypeScript: unpaired image-to-image translation on TensorFlow.js.
 *
 * @module ts-cyclegan
 */

// core
export type { Convention } from './core/convention.js';
export { CycleGANError, isCycleGANError, type ErrorCode } from './core/errors.js';
export { drawFrom, type Draws } from './core/draws.js';
export { Random, type RandomSource } from './core/random.js';

// layers
export type { AffineNormalizationArgs } from './layers/affine-normalization.js';
export type { Shape } from './layers/layer.js';
export { BatchNormalization, type BatchNormalizationArgs } from './layers/batch-normalization.js';
export { Dropout, type DropoutArgs } from './layers/dropout.js';
export {
  instanceNorm,
  InstanceNormalization,
  type InstanceNormalizationArgs,
  type InstanceNormOptions,
} from './layers/instance-normalization.js';
export { leakyRelu, LeakyReLU, type LeakyReLUArgs } from './layers/leaky-relu.js';
export { AntialiasDownsampling2D, AntialiasUpsampling2D } from './layers/antialias-2d.js';
export { NearestUpsampling2D, type NearestUpsampling2DArgs } from './layers/nearest-upsampling-2d.js';
export type { Border } from './core/border.js';
export { type Padding2D, reflectPad2d, replicatePad2d } from './layers/pad2d.js';
export { type Padding2DArgs, ReflectionPadding2D, ReplicationPadding2D } from './layers/padding-2d.js';
export { registerLayers } from './layers/register.js';

// blocks
export { downsample, type DownsampleOptions } from './blocks/downsample.js';
export { residualBlock, type ResidualBlockOptions } from './blocks/residual.js';
export { unetSkip, type UnetSkipOptions } from './blocks/unet-skip.js';
export { upsample, type UpsampleOptions } from './blocks/upsample.js';
export type {
  ConvolutionBlockOptions,
  Initializer,
  KernelInitializer,
  LayerFactory,
  Pair,
} from './blocks/block.js';

// models
export type { TranslateOptions } from './models/any-size.js';
export type { WeightsDtype } from './models/bundle.js';
export { CycleGAN, type OwnNetworks, type SaveOptions } from './models/cyclegan.js';
export { Pix2Pix, type OwnPix2PixNetworks, type Pix2PixTranslateOptions } from './models/pix2pix.js';
export type { Pix2PixNetworks, Pix2PixOptions, ResolvedPix2PixOptions } from './models/pix2pix-options.js';
export type { ImageToImageOptions, ResolvedImageToImageOptions } from './models/image-to-image-options.js';
export type { NetworkModel } from './models/network-model.js';
export type { SaveModelOptions } from './models/save-options.js';
export { GAN, type GenerateOptions, type OwnGANNetworks } from './models/gan.js';
export type { CodeOptions, GANNetworks, GANOptions, ResolvedGANOptions } from './models/gan-options.js';
export type { GANStructure } from './models/gan-structure.js';
export type { FixedShape, GANNetworkOptions } from './models/gan-network-options.js';
export type { LatentParts } from './models/latent.js';
export { dcganGenerator, type DCGANGeneratorOptions } from './models/dcgan-generator.js';
export {
  dcganDiscriminator,
  type DCGANDiscriminatorOptions,
  discriminatorHead,
  type DiscriminatorHeadOptions,
} from './models/dcgan-discriminator.js';
export {
  autoencoderDiscriminator,
  type AutoencoderDiscriminatorOptions,
} from './models/autoencoder-discriminator.js';
export { CUT, type OwnCUTNetworks } from './models/cut.js';
export type { CUTNetworks, CUTOptions, ResolvedCUTOptions } from './models/cut-options.js';
export { featureHead, type FeatureHeadOptions } from './models/feature-head.js';
export type { FeatureLayer } from './models/feature-layers.js';
export type {
  CycleGANNetworks,
  CycleGANOptions,
  ResolvedCycleGANOptions,
} from './models/cyclegan-options.js';
export { type PatchDiscriminatorOptions, patchDiscriminator } from './models/patch-discriminator.js';
export { type PixelDiscriminatorOptions, pixelDiscriminator } from './models/pixel-discriminator.js';
export { resnetGenerator, type ResnetGeneratorOptions } from './models/resnet-generator.js';
export { loadStateDict, type NamedArray, type StateDict, stateDict } from './models/state-dict.js';
export type { Direction } from './models/saved-cyclegan.js';
export { Translator, type TranslatorOptions } from './models/translator.js';
export { unetGenerator, type UnetGeneratorOptions } from './models/unet-generator.js';
export type { InitializerKind } from './models/initializers.js';
export type { ImageShape, NetworkOptions, Norm } from './models/options.js';

// translate
export {
  translateImage,
  type TranslateImageOptions,
  type TranslatingModel,
} from './translate/translate-image.js';

// augmentation
export { type AugmentPolicy } from './augment/augment.js';

// losses
export {
  adversarialLoss,
  type AdversarialMode,
  type SeparableMode,
} from './losses/adversarial/adversarial-loss.js';
export {
  classificationLoss,
  type CodeEstimates,
  gaussianCodeLoss,
  type LatentCodes,
} from './losses/adversarial/codes.js';
export {
  absoluteEnergy,
  type Balance,
  euclideanEnergy,
  pullAwayTerm,
} from './losses/adversarial/energies.js';
export { ganLoss, ganLosses } from './losses/adversarial/gan-loss.js';
export type { AdversarialLoss, SeparableLoss } from './losses/adversarial/loss.js';
export type { AdversarialLossOptions, GANLossOptions } from './losses/adversarial/options.js';
export type { GANLossName, GANLossNeeds } from './losses/adversarial/needs.js';
export type { GANLoss, GANLossInfo, Paper } from './losses/adversarial/row.js';
export {
  draganPenalty,
  draganPoints,
  gradientPenalty,
  inputGradient,
  r1Penalty,
  wganGpPenalty,
  wganGpPoints,
  type Discriminate,
  type GradientPenaltyOptions,
} from './losses/gradient-penalty.js';
export { appendLabels, oneHotLabels } from './losses/labels.js';
export { cycleConsistency, identityLoss, l1Loss } from './losses/reconstruction.js';

// data
export type { ImageDataset, Images, ImageSource } from './data/images.js';
export {
  planPreprocess,
  preprocessSize,
  type CropWindow,
  type PreprocessOptions,
  type PreprocessPlan,
} from './data/plan.js';
export { cropImage, flipImage, normalizeImage, preprocessImage, toLevels } from './data/preprocess.js';
export type { ResizeFilter } from './data/resample.js';
export { resizeImage } from './data/resize.js';
export { unpaired, type UnpairedOptions } from './data/sampling.js';
export { paired, type PairedEpoch, type PairedOptions } from './data/paired.js';
export type { PairSource } from './data/pairs.js';
export { single, type SingleOptions } from './data/single.js';
export type { EpochPosition, Showing } from './data/epoch-order.js';

// trainer
export { Adam, type AdamOptions, type AdamState } from './trainer/engine/adam.js';
export {
  MovingAverage,
  type MovingAverageOptions,
  type MovingAverageState,
} from './trainer/engine/moving-average.js';
export {
  constantSchedule,
  cosineSchedule,
  linearSchedule,
  plateauSchedule,
  stepSchedule,
  type CosineScheduleOptions,
  type LinearScheduleOptions,
  type PlateauScheduleOptions,
  type Schedule,
  type ScheduleConfig,
  type ScheduleState,
  type StepScheduleOptions,
} from './trainer/engine/schedules.js';
export type { EpochProgress, Losses, SomeLosses } from './trainer/engine/epoch.js';
export type { FitOptions, FitResult } from './trainer/engine/fit.js';
export type { GradientAccumulatorState } from './trainer/engine/gradient-accumulator.js';
export type { NetworkOptimizerState } from './trainer/engine/network-optimizer.js';
export type { SlotData } from './trainer/engine/optimizer.js';
export type { EngineSettings } from './trainer/engine/options.js';
export type { ImageTrainerSettings } from './trainer/algorithms/image-trainer-settings.js';
export type { LearningRates, TrainerOptions } from './trainer/algorithms/trainer-options.js';
export type { MemoryUse } from './trainer/engine/plan.js';
export type { TrainerState } from './trainer/engine/state.js';
export type { NamedTensorData, TensorData } from './trainer/engine/tensor-data.js';
export type { TrainedNetworkState } from './trainer/engine/trained-network.js';
export { Trainer, type TrainedModel } from './trainer/engine/trainer.js';
export type { Training } from './trainer/engine/training.js';
export type { EpochLogs, TrainerCallback, TrainingPlan } from './trainer/engine/callback.js';
export { earlyStop, type EarlyStopOptions } from './trainer/callbacks/early-stop.js';
export { history, type History } from './trainer/engine/history.js';
export { stopOnNaN } from './trainer/callbacks/stop-on-nan.js';
export type { SampleTime } from './trainer/algorithms/sampling.js';
export { ImagePool, type ImagePoolState } from './trainer/algorithms/image-pool.js';
export type { TrainerAdamOptions } from './trainer/algorithms/adam-options.js';
export type { CycleGANLossWeights } from './trainer/algorithms/cyclegan/algorithm.js';
export type { CycleGANLosses, CycleGANLoss } from './trainer/algorithms/cyclegan/losses.js';
export type {
  CycleGANTrainerOptions,
  CycleGANTrainerSettings,
  LossWeights,
} from './trainer/algorithms/cyclegan/options.js';
export { quickPreset } from './trainer/algorithms/cyclegan/quick-preset.js';
export {
  sampleImages,
  type SampleImagesOptions,
  type Samples,
} from './trainer/algorithms/cyclegan/sample-images.js';
export type { CUTLossWeights } from './trainer/algorithms/cut/algorithm.js';
export type { CUTLoss, CUTLosses } from './trainer/algorithms/cut/losses.js';
export type { CUTTrainerOptions, CUTTrainerSettings } from './trainer/algorithms/cut/options.js';
export {
  sampleTranslations,
  type SampleTranslationsOptions,
  type TranslationSamples,
} from './trainer/algorithms/cut/sample-translations.js';
export {
  CUTTrainer,
  type CUTFitOptions,
  type CUTFitResult,
  type CUTStepOptions,
} from './trainer/algorithms/cut/trainer.js';
export type { GANTrainingLoss, GANTrainingLosses, TrainedLoss } from './trainer/algorithms/gan/losses.js';
export type {
  GANAdam,
  GANRMSProp,
  GANTrainerOptions,
  GANTrainerSettings,
} from './trainer/algorithms/gan/options.js';
export {
  GANTrainer,
  type GANFitOptions,
  type GANFitResult,
  type GANStepOptions,
} from './trainer/algorithms/gan/trainer.js';
export {
  CycleGANTrainer,
  type CycleGANFitOptions,
  type CycleGANFitResult,
} from './trainer/algorithms/cyclegan/trainer.js';
export type { Pix2PixLossWeights } from './trainer/algorithms/pix2pix/algorithm.js';
export type { Pix2PixLoss, Pix2PixLosses } from './trainer/algorithms/pix2pix/losses.js';
export type { Pix2PixTrainerOptions, Pix2PixTrainerSettings } from './trainer/algorithms/pix2pix/options.js';
export {
  samplePairs,
  type PairSamples,
  type SamplePairsOptions,
} from './trainer/algorithms/pix2pix/sample-pairs.js';
export {
  Pix2PixTrainer,
  type Pix2PixFitOptions,
  type Pix2PixFitResult,
} from './trainer/algorithms/pix2pix/trainer.js';
