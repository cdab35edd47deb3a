/** Training steps of P or K: every loss, the weights after the first and the last step, Adam's moments. */
import { CycleGAN, CycleGANTrainer, type CycleGANTrainerOptions, type CycleGANLosses } from 'ts-cyclegan';
import * as v from 'valibot';
import { scalar, type Results } from '../compare.js';
import type { GoldenCase } from '../format.js';
import { images } from '../layout.js';
import { buildNetwork, setWeights } from '../networks.js';
import { addSlots, addWeights } from './trained.js';
import { penalized } from './training-loss.js';

const number = v.number();
const common = {
  steps: number,
  batch: number,
  beta1: number,
  beta2: number,
  epsilon: number,
  lambda_identity: number,
  generator: v.unknown(),
  discriminator: v.unknown(),
};
const schema = v.variant('adam', [
  v.strictObject({
    adam: v.literal('pytorch'),
    lr: v.array(number),
    pool_size: number,
    gan_mode: v.picklist(['lsgan', 'vanilla', 'hinge', 'wgan']),
    lambda_A: number,
    lambda_B: number,
    lambda_gp: v.optional(number),
    ...common,
  }),
  v.strictObject({ adam: v.literal('tensorflow'), lr: number, lambda_cycle: number, ...common }),
]);
type Config = v.InferOutput<typeof schema>;

/** The names of the cases for our four networks. */
const names = {
  pytorch: { generatorG: 'G_A', generatorF: 'G_B', discriminatorY: 'D_A', discriminatorX: 'D_B' },
  tensorflow: { generatorG: 'G', generatorF: 'F', discriminatorY: 'D_Y', discriminatorX: 'D_X' },
};

export async function training(golden: GoldenCase): Promise<Results> {
  const config = v.parse(schema, golden.config);
  const own = names[config.adam];
  const build = (description: unknown, name: string) => {
    const network = buildNetwork(golden.layout, description);
    setWeights(golden, name, network);
    return network;
  };
  const networks = {
    generatorG: build(config.generator, own.generatorG),
    generatorF: build(config.generator, own.generatorF),
    discriminatorY: build(config.discriminator, own.discriminatorY),
    discriminatorX: build(config.discriminator, own.discriminatorX),
  };
  const trainer = new CycleGANTrainer(new CycleGAN(networks), optionsOf(golden, config));
  const [a, b] = config.adam === 'pytorch' ? ['A', 'B'] : ['X', 'Y'];
  const results: Results = new Map();
  const order = ['generatorG', 'generatorF', 'discriminatorY', 'discriminatorX'] as const;
  const trained = order.map((name) => ({ own: name, name: own[name], network: networks[name] }));

  for (let step = 1; step <= config.steps; step++) {
    if (config.adam === 'pytorch') trainer.setLearningRate(config.lr[step - 1]!);
    const losses = await trainer.trainStep(
      images(golden, `step-${step}/${a}`),
      images(golden, `step-${step}/${b}`),
    );
    const namedLosses =
      config.adam === 'pytorch' ? new Map(Object.entries<number>({ ...losses })) : lossesOfKeras(losses);
    for (const [name, loss] of namedLosses) {
      results.set(`step-${step}/${name}`, scalar(loss));
    }
    await addWeights(results, golden, step, trained);
  }

  await addSlots(results, golden, await trainer.state(), trained);
  trainer.dispose();
  return results;
}

function optionsOf(golden: GoldenCase, config: Config): CycleGANTrainerOptions {
  const { beta1, beta2, epsilon, lambda_identity: lambdaIdentity } = config;
  const common = { beta1, beta2, epsilon, lambdaIdentity };
  if (config.adam === 'tensorflow') {
    const { lr: learningRate, lambda_cycle: lambda } = config;
    return { ...common, convention: 'keras', learningRate, lambdaA: lambda, lambdaB: lambda };
  }
  return {
    ...common,
    convention: 'pytorch',
    adversarial: penalized(golden, config),
    learningRate: config.lr[0]!,
    lambdaA: config.lambda_A,
    lambdaB: config.lambda_B,
    poolSize: config.pool_size,
  };
}

/** K's names of the losses; `_loss` of a generator is its sum. */
function lossesOfKeras(losses: CycleGANLosses): Map<string, number> {
  return new Map([
    ['gen_G_loss', losses.G_A],
    ['gen_F_loss', losses.G_B],
    ['cycle_loss_G', losses.cycle_B],
    ['cycle_loss_F', losses.cycle_A],
    ['id_loss_G', losses.idt_A],
    ['id_loss_F', losses.idt_B],
    ['G_loss', losses.G_A + losses.cycle_B + losses.idt_A],
    ['F_loss', losses.G_B + losses.cycle_A + losses.idt_B],
    ['D_X_loss', losses.D_B],
    ['D_Y_loss', losses.D_A],
  ]);
}
