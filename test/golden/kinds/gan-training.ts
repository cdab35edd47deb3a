/** Steps of training from noise: every loss, the weights after steps, and what the optimizers remember. */
import * as tf from '@tensorflow/tfjs';
import {
  GAN,
  ganLoss,
  type GANLossName,
  type GANLossOptions,
  GANTrainer,
  type GANTrainingLosses,
  oneHotLabels,
} from 'ts-cyclegan';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { scalar, type Results } from '../compare.js';
import { type GoldenCase, tensorOf } from '../format.js';
import { layerList, sequential } from '../layer-lists.js';
import { given, images } from '../layout.js';
import { setWeights } from '../networks.js';
import { addSlots, addWeights } from './trained.js';

const number = v.number();
const optimizer = v.variant('optimizer', [
  v.strictObject({ optimizer: v.literal('adam'), lr: number, beta1: number, beta2: number, epsilon: number }),
  v.strictObject({ optimizer: v.literal('rmsprop'), lr: number, alpha: number, epsilon: number }),
]);
const common = {
  steps: number,
  batch: number,
  n_critic: number,
  optimizers: v.strictObject({ G: optimizer, D: optimizer }),
};
const [plain, headed] = [{ G: layerList, D: layerList }, { head_input: number }];
const networks = v.strictObject(plain);
const schema = v.variant('gan', [
  v.strictObject({ gan: v.literal('gan'), ...common, networks }),
  v.strictObject({ gan: v.literal('lsgan'), a: number, b: number, c: number, ...common, networks }),
  v.strictObject({ gan: v.literal('wgan'), clip: number, ...common, networks }),
  v.strictObject({ gan: v.literal('wgan-gp'), lambda_gp: number, ...common, networks }),
  v.strictObject({ gan: v.literal('dragan'), lambda_gp: number, k: number, ...common, networks }),
  v.strictObject({ gan: v.literal('cgan'), classes: number, ...common, networks }),
  v.strictObject({
    gan: v.literal('acgan'),
    classes: number,
    ...common,
    ...headed,
    networks: v.strictObject({ ...plain, C: layerList }),
  }),
  v.strictObject({
    gan: v.literal('infogan'),
    classes: number,
    continuous: number,
    lambda_categorical: number,
    lambda_continuous: number,
    ...common,
    ...headed,
    networks: v.strictObject({ ...plain, Q: layerList }),
  }),
  v.strictObject({
    gan: v.literal('ebgan'),
    margin: number,
    pt_weight: number,
    code: number,
    ...common,
    networks,
  }),
  v.strictObject({
    gan: v.literal('began'),
    k: number,
    gamma: number,
    lambda_k: number,
    ...common,
    networks,
  }),
]);
type Config = v.InferOutput<typeof schema>;

/** The cases' names of options of losses, and ours. */
const lossOptions: Partial<Record<GANLossName, Record<string, keyof GANLossOptions>>> = {
  lsgan: { a: 'a', b: 'b', c: 'c' },
  wgan: { clip: 'clip' },
  'wgan-gp': { lambda_gp: 'lambda' },
  dragan: { lambda_gp: 'lambda', k: 'constant' },
  infogan: { lambda_categorical: 'lambdaCategorical', lambda_continuous: 'lambdaContinuous' },
  ebgan: { margin: 'margin', pt_weight: 'pullAway' },
  began: { k: 'k', gamma: 'gamma', lambda_k: 'lambdaK' },
};

export async function ganTraining(golden: GoldenCase): Promise<Results> {
  const config = v.parse(schema, golden.config);
  const [, , height, width] = tensorOf(golden, 'step-1/real-1').shape as [number, number, number, number];
  const nets = Object.fromEntries(
    Object.entries(config.networks).map(([name, list]) => {
      const network = sequential(list, [height, width]);
      setWeights(golden, name, network);
      return [name, network];
    }),
  );
  const head = nets.C ?? nets.Q;
  const model = new GAN({
    loss: config.gan,
    generator: nets.G!,
    discriminator: nets.D!,
    ...(head && { head }),
    ...((config.gan === 'cgan' || config.gan === 'acgan') && { classes: config.classes }),
    ...(config.gan === 'infogan' && {
      codes: { categorical: config.classes, continuous: config.continuous },
    }),
    ...('head_input' in config && { headInput: String(config.head_input) }),
    ...('code' in config && { code: String(config.code) }),
  });
  const trainer = new GANTrainer(model, optionsOf(config));
  const ours: Record<string, string> = { G: 'generator', D: 'discriminator', C: 'head', Q: 'head' };
  const trained = Object.entries(nets).map(([name, network]) => ({ own: ours[name]!, name, network }));
  const results: Results = new Map();
  for (let step = 1; step <= config.steps; step++) {
    const losses = await trainer.trainStep(
      realImages(golden, config, step),
      stepOptions(golden, config, step),
    );
    for (const [name, loss] of lossesOf(losses, config)) results.set(`step-${step}/${name}`, scalar(loss));
    await addWeights(results, golden, step, trained);
  }
  const slots: Record<string, string> =
    config.optimizers.D.optimizer === 'adam' ? { m: 'adam-m', v: 'adam-v' } : { v: 'rms-v' };
  await addSlots(results, golden, await trainer.state(), trained, slots);
  trainer.dispose();
  return results;
}

function optionsOf(config: Config) {
  const { G, D } = config.optimizers;
  const rule = ({ optimizer: name, lr: _, ...others }: typeof G) => ({ name, ...others });
  if (!isDeepStrictEqual(rule(G), rule(D))) throw new Error('G and D have optimizers of different rules');
  const options = Object.entries(lossOptions[config.gan] ?? {}).map(([name, own]) => [
    own,
    config[name as keyof Config] as unknown as number,
  ]);
  return {
    loss: ganLoss(config.gan, Object.fromEntries(options) as GANLossOptions),
    criticSteps: config.n_critic,
    optimizer: rule(D) as { name: 'adam' } | { name: 'rmsprop' },
    learningRate: { generator: G.lr, discriminator: D.lr },
  };
}

const updates = ({ n_critic }: Config): number[] => Array.from({ length: n_critic }, (_, i) => i + 1);

const realImages = (golden: GoldenCase, config: Config, step: number): tf.Tensor4D =>
  tf.concat(updates(config).map((j) => images(golden, `step-${step}/real-${j}`)));

/** Labels of the real images, and all random tensors, by name. */
function stepOptions(golden: GoldenCase, config: Config, step: number) {
  const start = `step-${step}/`;
  const labels = updates(config).flatMap((j) => {
    const name = `${start}labels-${j}`;
    return golden.tensors.has(name) ? [...tensorOf(golden, name).data].map(Number) : [];
  });
  const names = golden.inputs
    .filter((name) => name.startsWith(start))
    .map((name) => name.slice(start.length))
    .filter((name) => !/^(real|labels-\d)/.test(name));
  const drawOf = (name: string): tf.Tensor => {
    const isClass = /^(labels|categorical)/.test(name);
    if (isClass && 'classes' in config)
      return oneHotLabels(tensorOf(golden, start + name).data, config.classes);
    if (name.startsWith('alpha')) return tf.reshape(given(golden, start + name), [config.batch, 1, 1, 1]);
    return tensorOf(golden, start + name).shape.length === 4
      ? images(golden, start + name)
      : given(golden, start + name);
  };
  return {
    ...(labels.length > 0 && { labels }),
    draws: Object.fromEntries(names.map((name) => [name, drawOf(name)])),
  };
}

/** Our losses under the names of the cases. */
function lossesOf(losses: GANTrainingLosses, { n_critic }: Config): [string, number][] {
  const isMean = (name: string) => n_critic > 1 && /^(D|penalty|class_real|class_fake|info_D)$/.test(name);
  return Object.entries(losses)
    .filter(([name]) => !isMean(name))
    .map(([name, value]) => {
      const [, part, j] = /^(.*?)(?:_(\d+))?$/.exec(name)!;
      const isCritic = /^(D|penalty|class_real|class_fake|info_D)$/.test(part!);
      const own = part!.replace('info_D', 'info').replaceAll('_', '-');
      return [isCritic ? `${own}-${j ?? 1}` : own, value as number];
    });
}
