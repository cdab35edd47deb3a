/** Training steps of P's pix2pix: every loss, the weights after each step, Adam's moments. */
import { Pix2Pix, Pix2PixTrainer } from 'ts-cyclegan';
import * as v from 'valibot';
import { scalar, type Results } from '../compare.js';
import type { GoldenCase } from '../format.js';
import { images } from '../layout.js';
import { adversarialMode, buildNetwork, setWeights } from '../networks.js';
import { addSlots, addWeights } from './trained.js';

const number = v.number();
const schema = v.strictObject({
  steps: number,
  batch: number,
  lr: v.union([number, v.array(number)]),
  beta1: number,
  beta2: number,
  epsilon: number,
  adam: v.literal('pytorch'),
  gan_mode: v.picklist(['lsgan', 'vanilla', 'hinge', 'wgan']),
  lambda_L1: number,
  direction: v.picklist(['AtoB', 'BtoA']),
  generator: v.unknown(),
  discriminator: v.unknown(),
});

/** The names of the cases for our networks. */
const names = { generator: 'G', discriminator: 'D' } as const;
const order = ['generator', 'discriminator'] as const;

export async function pairedTraining(golden: GoldenCase): Promise<Results> {
  const config = v.parse(schema, golden.config);
  const build = (network: (typeof order)[number]) => {
    const built = buildNetwork(golden.layout, config[network]);
    setWeights(golden, names[network], built);
    return built;
  };
  const networks = { generator: build('generator'), discriminator: build('discriminator') };
  const trained = order.map((own) => ({ own, name: names[own], network: networks[own] }));
  const { adam, beta1, beta2, epsilon, lambda_L1: lambdaL1 } = config;
  const rates = typeof config.lr === 'number' ? new Array<number>(config.steps).fill(config.lr) : config.lr;
  const trainer = new Pix2PixTrainer(new Pix2Pix({ ...networks, convention: adam }), {
    adversarial: adversarialMode(config.gan_mode),
    lambdaL1,
    beta1,
    beta2,
    epsilon,
  });
  const [input, target] = config.direction === 'AtoB' ? ['A', 'B'] : ['B', 'A'];
  const results: Results = new Map();
  for (let step = 1; step <= config.steps; step++) {
    trainer.setLearningRate(rates[step - 1]!);
    const losses = await trainer.trainStep(
      images(golden, `step-${step}/${input}`),
      images(golden, `step-${step}/${target}`),
    );
    for (const [name, loss] of Object.entries<number>({ ...losses })) {
      results.set(`step-${step}/${name}`, scalar(loss));
    }
    await addWeights(results, golden, step, trained);
  }

  await addSlots(results, golden, await trainer.state(), trained);
  trainer.dispose();
  return results;
}
