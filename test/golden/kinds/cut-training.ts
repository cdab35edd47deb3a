/** Training steps of CUT: every loss, the weights after each step, Adam's moments. The patches are inputs. */
import * as tf from '@tensorflow/tfjs';
import { CUT, CUTTrainer, featureHead } from 'ts-cyclegan';
import * as v from 'valibot';
import { scalar, type Results } from '../compare.js';
import type { GoldenCase } from '../format.js';
import { given, images } from '../layout.js';
import { adversarialMode, buildNetwork, setWeights } from '../networks.js';
import { addSlots, addWeights } from './trained.js';

const number = v.number();
const schema = v.strictObject({
  steps: number,
  batch: number,
  lr: number,
  beta1: number,
  beta2: number,
  epsilon: number,
  adam: v.literal('pytorch'),
  gan_mode: v.picklist(['lsgan', 'vanilla', 'hinge', 'wgan']),
  lambda_GAN: number,
  lambda_NCE: number,
  nce_idt: v.boolean(),
  nce_layers: v.array(number),
  nce_T: number,
  num_patches: number,
  netF_nc: number,
  generator: v.unknown(),
  discriminator: v.unknown(),
});

/** The names of the cases for our networks. */
const names = { generator: 'G', discriminator: 'D', head: 'F' } as const;
const order = ['generator', 'discriminator', 'head'] as const;

export async function cutTraining(golden: GoldenCase): Promise<Results> {
  const config = v.parse(schema, golden.config);
  const { adam, beta1, beta2, epsilon, nce_layers: nceLayers } = config;
  const generator = buildNetwork(golden.layout, config.generator);
  const discriminator = buildNetwork(golden.layout, config.discriminator);
  const head = featureHead(generator, { nceLayers, nceUnits: config.netF_nc });
  const networks = { generator, discriminator, head };
  const trained = order.map((own) => ({ own, name: names[own], network: networks[own] }));
  for (const { name, network } of trained) setWeights(golden, name, network);

  const trainer = new CUTTrainer(new CUT({ ...networks, nceLayers, convention: adam }), {
    adversarial: adversarialMode(config.gan_mode),
    lambdaGan: config.lambda_GAN,
    lambdaNce: config.lambda_NCE,
    identity: config.nce_idt,
    flipEquivariance: false,
    nceTemperature: config.nce_T,
    patches: config.num_patches,
    learningRate: config.lr,
    beta1,
    beta2,
    epsilon,
  });
  const results: Results = new Map();
  for (let step = 1; step <= config.steps; step++) {
    const losses = await trainer.trainStep(
      images(golden, `step-${step}/A`),
      images(golden, `step-${step}/B`),
      {
        draws: placesOf(golden, step),
      },
    );
    const { G_GAN, NCE, NCE_Y } = losses;
    const G = G_GAN + (NCE_Y === undefined ? NCE : (NCE + NCE_Y) / 2);
    for (const [name, loss] of Object.entries<number>({ ...losses, G })) {
      results.set(`step-${step}/${name}`, scalar(loss));
    }
    await addWeights(results, golden, step, trained);
  }

  await addSlots(results, golden, await trainer.state(), trained);
  trainer.dispose();
  return results;
}

/** The patches of a step under our names: `ids-NCE-0` is `places-NCE-0`. */
function placesOf(golden: GoldenCase, step: number): tf.NamedTensorMap {
  const prefix = `step-${step}/ids-`;
  const own = golden.inputs.filter((name) => name.startsWith(prefix));
  return Object.fromEntries(
    own.map((name) => [
      `places-${name.slice(prefix.length)}`,
      tf.cast(tf.round(given(golden, name)), 'int32'),
    ]),
  );
}
