/** The adversarial loss of a training case of P: a mode, without weight clipping, and perhaps a penalty. */
import { adversarialLoss, wganGpPenalty, type AdversarialLoss, type AdversarialMode } from 'ts-cyclegan';
import { tensorOf, type GoldenCase } from '../format.js';
import { scripted } from './gradient-penalty.js';

interface Options {
  steps: number;
  gan_mode: AdversarialMode;
  lambda_gp?: number | undefined;
}

export function penalized(
  golden: GoldenCase,
  { steps, gan_mode, lambda_gp: lambda }: Options,
): AdversarialLoss {
  const { clip: _, ...loss } = adversarialLoss(gan_mode);
  if (lambda === undefined) return loss;
  // The penalties of a step are taken in P's order, that of D_A first.
  const alphas: number[] = [];
  for (let step = 1; step <= steps; step++) {
    for (const network of ['D_A', 'D_B']) {
      alphas.push(...tensorOf(golden, `step-${step}/alpha_${network}`).data);
    }
  }
  const draws = scripted(alphas);
  return {
    ...loss,
    penalty: (discriminate, real, fake) => wganGpPenalty(discriminate, real, fake, draws, { lambda }),
  };
}
