/** Writes docs/losses.md from the table of GAN losses. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { modes } from '../src/losses/adversarial/adversarial-loss.js';
import type { GANLossName } from '../src/losses/adversarial/needs.js';
import type { Row } from '../src/losses/adversarial/row.js';
import { show } from '../src/core/options.js';
import { ganLosses } from '../src/losses/adversarial/table.js';

const file = fileURLToPath(new URL('../docs/losses.md', import.meta.url));
const rows = Object.entries(ganLosses) as [GANLossName, Row][];

const introduction = `# GAN losses

<!-- Made by \`npm run generate:losses\`: do not edit. -->

\`ganLoss(name, options)\` gives each loss as its paper has it, for images from noise. \`adversarialLoss(mode, options)\` gives
those that can be used with a patch discriminator, for CycleGAN and pix2pix. \`vanilla\` is the name of \`gan\` in the PyTorch program of
CycleGAN, and works there, too.

In all formulas x is a real image, z is noise, r = D(x) and f = D(G(z)) are the discriminator's logits before any sigmoid σ, and E is
the mean over the batch and over the patches. Both networks minimise their loss. Losses are not halved, unless their formula contains ½.
Where CycleGAN and pix2pix halve the loss of the discriminator, they do so for every loss. \`adversarialLoss('lsgan')\` is the
exception to "as its paper has it": it has no ½, as in the PyTorch program.

All losses of logits accept the option \`r1\`, which adds γ/2 E ‖g‖² with the gradient g of the logit at real images
([Mescheder et al. 2018](https://arxiv.org/abs/1801.04406)).
`;

const collections = `## Differences from public collections

Many tutorials follow one of these collections of programs:
[tensorflow-generative-model-collections](https://github.com/hwalsuklee/tensorflow-generative-model-collections),
[PyTorch-GAN](https://github.com/eriklindernoren/PyTorch-GAN), and for least squares and gradient penalties
[pytorch-CycleGAN-and-pix2pix](https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix). Each loss above lists where they differ from
its paper, and so from this library.
`;

const ownLosses = `## A loss of your own

Any object of the form \`AdversarialLoss\` works where a mode does. With \`pure: true\` it promises to depend on its arguments alone, and
training may then replay its computation.

\`\`\`ts
import * as tf from '@tensorflow/tfjs';
import { type AdversarialLoss } from 'ts-cyclegan';

const absolute: AdversarialLoss = {
  name: 'absolute',
  pure: true,
  discriminator: (real, fake) =>
    tf.tidy(() => tf.add(tf.mean(tf.relu(tf.sub(1, real))), tf.mean(tf.relu(fake)))),
  generator: (fake) => tf.tidy(() => tf.mean(tf.relu(tf.sub(1, fake)))),
};
absolute.generator(tf.tensor([0.5, 2])).print(); // 0.25
\`\`\`
`;

const paperLink = ({ paper: { authors, year, arxiv } }: Row): string =>
  `[${authors} ${year}](https://arxiv.org/abs/${arxiv})`;

const heading = ({ title }: Row): string => title.toLowerCase().replaceAll(' ', '-');

/** What a loss needs, in words; nothing for the usual things. */
function needsOf({ needs }: Row): string[] {
  return [
    needs.labels === 'input' && 'labels as an input of both networks',
    needs.labels === 'head' && 'labels as an input of the generator, and a class head on the discriminator',
    needs.codes && 'codes as an input of the generator, and a head on the discriminator that estimates them',
    needs.autoencoder && 'an auto-encoder as discriminator',
    needs.relativistic && 'the logits of real images in the loss of the generator',
    needs.penalty && 'a gradient penalty',
    needs.clip && 'clipped weights of the discriminator',
    needs.criticSteps > 1 &&
      `${needs.criticSteps} updates of the discriminator for each update of the generator`,
  ].filter((need) => need !== false && need !== undefined);
}

function optimizerOf({ needs: { optimizer } }: Row): string {
  const { name, generator, discriminator, beta1, beta2 } = optimizer;
  const rate =
    generator === discriminator
      ? `learning rate ${generator}`
      : `learning rates ${generator} (generator) and ${discriminator} (discriminator)`;
  return name === 'rmsprop' ? `RMSProp, ${rate}` : `Adam, ${rate}, β₁ ${beta1}, β₂ ${beta2}`;
}

/** Options and their defaults. */
const optionsOf = ({ options }: Row): string =>
  Object.entries(options)
    .map(([name, schema]) => `\`${name}\` (${show((schema as { default?: unknown }).default)})`)
    .join(', ');

const overview = [
  '| loss | paper | needs |',
  '| --- | --- | --- |',
  ...rows.map(
    ([name, row]) =>
      `| [\`${name}\`](#${heading(row)}) | ${paperLink(row)} | ${needsOf(row).join('; ') || 'nothing more'} |`,
  ),
  '',
].join('\n');

function section([name, row]: [GANLossName, Row]): string {
  const { title, paper, formulas, differences } = row;
  const needs = needsOf(row).join('; ');
  const calls = ['ganLoss', ...(name in modes ? ['adversarialLoss'] : [])];
  return [
    `## ${title}\n`,
    `${paperLink(row)}, *${paper.title}*. ${calls.map((call) => `\`${call}('${name}')\``).join(', ')}\n`,
    '```text',
    `discriminator   ${formulas.discriminator}`,
    `generator       ${formulas.generator}`,
    '```\n',
    ...(formulas.where === undefined ? [] : [`${formulas.where}\n`]),
    ...(needs === '' ? [] : [`- Needs ${needs}.`]),
    `- Usual optimizer: ${optimizerOf(row)}.`,
    `- Options: ${optionsOf(row)}.`,
    ...(differences === undefined ? [] : [`- Differences: ${differences}`]),
    '',
  ].join('\n');
}

/** What the page must say. */
export const lossPage = (): string =>
  [introduction, overview, ...rows.map(section), collections, ownLosses].join('\n');

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(file, lossPage());
