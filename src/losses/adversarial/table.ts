/**
 * The table of GAN losses, with one row per loss. `ganLoss`, `adversarialLoss` and docs/losses.md (`npm run generate:losses`) are
 * created from it. All formulas are minimized, and factors of ½ are written out.
 */
import { draganPenalty, type GradientPenaltyOptions, wganGpPenalty } from '../gradient-penalty.js';
import { classificationLoss, informationLoss } from './codes.js';
import { began, ebgan } from './energies.js';
import { critic, hinge, leastSquares, logistic } from './logits.js';
import { type GANLossName, ganNeeds } from './needs.js';
import * as options from './options.js';
import { average, pairwise } from './relativistic.js';
import { type Row, row } from './row.js';

const relativisticPaper = {
  authors: 'Jolicoeur-Martineau',
  year: 2018,
  title: 'The relativistic discriminator: a key element missing from standard GAN',
  arxiv: '1807.00734',
};
const gan = {
  discriminator: '−E log σ(r) − E log(1 − σ(f))',
  generator: '−E log σ(f)',
};

const rows = (): Record<GANLossName, Row> => ({
  gan: row(
    {
      title: 'GAN',
      paper: {
        authors: 'Goodfellow et al.',
        year: 2014,
        title: 'Generative Adversarial Networks',
        arxiv: '1406.2661',
      },
      formulas: { ...gan, where: 'The generator minimises the non-saturating form of section 3.' },
      needs: ganNeeds.gan,
      differences: 'PyTorch-GAN and pytorch-CycleGAN-and-pix2pix halve the loss of the discriminator.',
    },
    options.r1(),
    logistic,
  ),

  lsgan: row(
    {
      title: 'LSGAN',
      paper: {
        authors: 'Mao et al.',
        year: 2017,
        title: 'Least Squares Generative Adversarial Networks',
        arxiv: '1611.04076',
      },
      formulas: {
        discriminator: '½ E(r − b)² + ½ E(f − a)²',
        generator: '½ E(f − c)²',
        where: 'Option `factor` is the ½.',
      },
      needs: ganNeeds.lsgan,
      differences:
        'All three collections leave out the ½ of the generator. `adversarialLoss` has none at all, and CycleGAN and pix2pix ' +
        'halve the loss of the discriminator themselves.',
    },
    options.targets(0.5),
    leastSquares,
  ),

  wgan: row(
    {
      title: 'WGAN',
      paper: { authors: 'Arjovsky et al.', year: 2017, title: 'Wasserstein GAN', arxiv: '1701.07875' },
      formulas: {
        discriminator: 'E f − E r',
        generator: '−E f',
        where:
          'After each update of the discriminator all of its weights, biases too, are clipped to [−clip, clip].',
      },
      needs: ganNeeds.wgan,
    },
    options.clip(),
    ({ clip }) => ({ ...critic(), clip }),
  ),

  'wgan-gp': row(
    {
      title: 'WGAN-GP',
      paper: {
        authors: 'Gulrajani et al.',
        year: 2017,
        title: 'Improved Training of Wasserstein GANs',
        arxiv: '1704.00028',
      },
      formulas: {
        discriminator: 'E f − E r + λ E(‖g‖ − c)²',
        generator: '−E f',
        where:
          'g is the gradient of the logit at αx + (1 − α)G(z), with one α from [0, 1) for each image, and ‖g‖ is taken over all ' +
          'values of the image. λ is option `lambda`, c is `constant`.',
      },
      needs: ganNeeds['wgan-gp'],
      differences:
        'tensorflow-generative-model-collections has an α for each value and a norm along axis 1 only. ' +
        'pytorch-CycleGAN-and-pix2pix adds 1e-16 to each value of g; so does this library, since the norm has no gradient at 0.',
    },
    options.penalty(),
    (given: GradientPenaltyOptions) => ({
      ...critic(),
      penalty: (d, real, fake, draws) => wganGpPenalty(d, real, fake, draws, given),
    }),
  ),

  dragan: row(
    {
      title: 'DRAGAN',
      paper: {
        authors: 'Kodali et al.',
        year: 2017,
        title: 'On Convergence and Stability of GANs',
        arxiv: '1705.07215',
      },
      formulas: {
        discriminator: `${gan.discriminator} + λ E(‖g‖ − c)²`,
        generator: gan.generator,
        where:
          'g is the gradient of the logit at x + ½ std(x) u, with a u from [0, 1) for each value and std over the whole batch, as in ' +
          "the authors' code. The paper has x + N(0, cI). λ is option `lambda`, c is `constant`.",
      },
      needs: ganNeeds.dragan,
      differences:
        'tensorflow-generative-model-collections and PyTorch-GAN take the norm along axis 1 only and multiply the noise by one more ' +
        'uniform value; in PyTorch-GAN g is the gradient of σ(logit).',
    },
    options.penalty(),
    (given: GradientPenaltyOptions) => ({
      ...logistic(),
      penalty: (d, real, _fake, draws) => draganPenalty(d, real, draws, given),
    }),
  ),

  cgan: row(
    {
      title: 'CGAN',
      paper: {
        authors: 'Mirza & Osindero',
        year: 2014,
        title: 'Conditional Generative Adversarial Nets',
        arxiv: '1411.1784',
      },
      formulas: { ...gan, where: 'Both networks get the label: G(z, y), D(x, y). `appendLabels` adds it.' },
      needs: ganNeeds.cgan,
      differences: 'PyTorch-GAN minimises least squares.',
    },
    options.r1(),
    logistic,
  ),

  infogan: row(
    {
      title: 'InfoGAN',
      paper: {
        authors: 'Chen et al.',
        year: 2016,
        title:
          'InfoGAN: Interpretable Representation Learning by Information Maximizing Generative Adversarial Nets',
        arxiv: '1606.03657',
      },
      formulas: {
        discriminator: `${gan.discriminator} + I`,
        generator: `${gan.generator} + I`,
        where:
          'I = λ_cat E[−log softmax_c] + λ_con E Σⱼ ½((cⱼ − μⱼ)²/vⱼ + log vⱼ + log 2π) of the fakes, where a head Q of the ' +
          'discriminator gives the softmax, μ and v; `information` computes it. The constant entropy of the codes is omitted. The optimizer of the ' +
          "discriminator trains D, the body that both share and Q, as in the authors' code.",
      },
      needs: ganNeeds.infogan,
      differences:
        'Both collections train D, Q and G on I with a third optimizer. tensorflow-generative-model-collections has squares ' +
        'without ½ for continuous codes, PyTorch-GAN has 0.1 times the mean square, and least squares instead of logarithms.',
    },
    options.information(),
    ({ lambdaCategorical, lambdaContinuous }) => ({
      ...logistic(),
      information: (codes, estimates) =>
        informationLoss(codes, estimates, { lambdaCategorical, lambdaContinuous }),
    }),
  ),

  acgan: row(
    {
      title: 'ACGAN',
      paper: {
        authors: 'Odena et al.',
        year: 2017,
        title: 'Conditional Image Synthesis with Auxiliary Classifier GANs',
        arxiv: '1610.09585',
      },
      formulas: {
        discriminator: `${gan.discriminator} + C(real) + C(fake)`,
        generator: `${gan.generator} + C(fake)`,
        where:
          'C = E[−log softmax_label] of the logits that a class head of the discriminator gives; `classification` computes it. The ' +
          'generator minimises the non-saturating form.',
      },
      needs: ganNeeds.acgan,
      differences:
        'PyTorch-GAN halves everything. tensorflow-generative-model-collections minimises C(real) + C(fake) with a third optimizer ' +
        'for D, C and G.',
    },
    options.r1(),
    () => ({ ...logistic(), classification: classificationLoss }),
  ),

  ebgan: row(
    {
      title: 'EBGAN',
      paper: {
        authors: 'Zhao et al.',
        year: 2017,
        title: 'Energy-based Generative Adversarial Network',
        arxiv: '1609.03126',
      },
      formulas: {
        discriminator: 'E e(x) + E max(0, m − e(G(z)))',
        generator: 'E e(G(z)) + w PT',
        where:
          'The energy e(v) = ‖D(v) − v‖₂ of each image comes from `energy`, and `pullAwayTerm` computes PT = 1/(N(N − 1)) Σ_{i≠j} cos²(Sᵢ, Sⱼ) of the codes S of the N fakes. ' +
          'm is option `margin`, w is `pullAway`.',
      },
      needs: ganNeeds.ebgan,
      differences:
        'Both collections have cos instead of cos². tensorflow-generative-model-collections takes one norm over the whole batch, ' +
        'divided by N. PyTorch-GAN has the mean square, max(0, ·) of the mean over the batch, and no gradient through the image ' +
        'that is reconstructed.',
    },
    options.energy(),
    ebgan,
  ),

  began: row(
    {
      title: 'BEGAN',
      paper: {
        authors: 'Berthelot et al.',
        year: 2017,
        title: 'BEGAN: Boundary Equilibrium Generative Adversarial Networks',
        arxiv: '1703.10717',
      },
      formulas: {
        discriminator: 'L(x) − k L(G(z_D))',
        generator: 'L(G(z_G))',
        where:
          'L(v) = mean |v − D(v)| comes from `energy`. After each step k ← min(1, max(0, k + λ_k(γ L(x) − L(G(z_G))))), and ' +
          'M = L(x) + |γ L(x) − L(G(z_G))| measures convergence; `balance` computes both. γ is option `gamma`, λ_k is `lambdaK`, `k` is the first k.',
      },
      needs: ganNeeds.began,
      differences:
        'Both collections use one batch of fakes for both losses. tensorflow-generative-model-collections has a norm divided by N.',
    },
    options.balance(),
    began,
  ),

  hinge: row(
    {
      title: 'Hinge',
      paper: { authors: 'Lim & Ye', year: 2017, title: 'Geometric GAN', arxiv: '1705.02894' },
      formulas: { discriminator: 'E max(0, 1 − r) + E max(0, 1 + f)', generator: '−E f' },
      needs: ganNeeds.hinge,
    },
    options.r1(),
    hinge,
  ),

  rsgan: row(
    {
      title: 'RSGAN',
      paper: relativisticPaper,
      formulas: {
        discriminator: '−E log σ(r − f)',
        generator: '−E log σ(f − r)',
        where: 'A real image and the fake of the same index make a pair.',
      },
      needs: ganNeeds.rsgan,
      differences: "PyTorch-GAN overwrites the generator's loss with that of GAN.",
    },
    options.r1(),
    pairwise,
  ),

  ralsgan: row(
    {
      title: 'RaLSGAN',
      paper: relativisticPaper,
      formulas: {
        discriminator: 'E(r − E f − 1)² + E(f − E r + 1)²',
        generator: 'E(f − E r − 1)² + E(r − E f + 1)²',
        where: 'Gradients go through the means, too.',
      },
      needs: ganNeeds.ralsgan,
      differences: "The author's code halves both.",
    },
    options.r1(),
    average,
  ),
});

/** Pure, so that bundlers leave the table out of programs that need no loss. */
export const ganLosses: Readonly<Record<GANLossName, Row>> = /* @__PURE__ */ Object.freeze(
  /* @__PURE__ */ rows(),
);
