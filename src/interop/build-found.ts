/** Builds the model of networks that were found in files, and sets their weights. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { disposeNetwork } from '../layers/networks.js';
import { CUT } from '../models/cut.js';
import { CycleGAN } from '../models/cyclegan.js';
import { prepareNetworks, resolveCycleGANOptions } from '../models/cyclegan-options.js';
import { withoutInitialValues } from '../models/initializers.js';
import { Pix2Pix } from '../models/pix2pix.js';
import { loadStateDict } from '../models/state-dict.js';
import { Translator } from '../models/translator.js';
import { headOf } from './feature-head.js';
import { type Found, type Head, refuse } from './found-networks.js';
import {
  checkApplicable,
  checkDiscriminator,
  checkEqual,
  discriminatorOptions,
  generatorOptions,
  type Given,
} from './found-options.js';
import type { Hints } from './hints.js';
import type { ImportOptions } from './import-options.js';
import { cutNetworkNames, cycleGANNames, type NetworkName, pix2pixNames } from './network-names.js';

interface Built {
  model: CycleGAN | Pix2Pix | CUT | Translator;
  /** What was used instead of what the files do not contain. */
  notes: string[];
}

/**
 * Builds a model. The networks decide what it is.
 *
 * @param options what the caller says about the model; refused if it does not apply
 * @param hints what the files say about it, which is ignored if it does not apply
 */
export function buildFound(
  found: ReadonlyMap<NetworkName, Found>,
  head: Head | undefined,
  options: ImportOptions,
  hints: Hints,
): Built {
  const build = builderOf(found, head);
  checkApplicable(options, found, head);
  return build({ ...hints, ...options });
}

function builderOf(found: ReadonlyMap<NetworkName, Found>, head: Head | undefined): (given: Given) => Built {
  const names = [...found.keys()];
  const has = (...wanted: NetworkName[]) => wanted.every((name) => found.has(name));
  if (head !== undefined) {
    if (names.length === 2 && has('G', 'D')) return (given) => cut(found, head, given);
    return refuse(`the files have ${[...names, 'F'].join(', ')}. A CUT needs G, D and F.`);
  }
  if (has('G_A', 'G_B') && !has('G') && !has('D')) return (given) => cycleGAN(found, given);
  if (names.length === 2 && has('G', 'D')) return (given) => pix2pix(found, given);
  const [alone] = found.values();
  if (names.length === 1 && alone!.name.startsWith('G')) return (given) => translator(alone!, given);
  return refuse(
    `the files have ${names.join(', ')}. A CycleGAN needs G_A and G_B, pix2pix needs G and D, and a single generator is translated with.`,
  );
}

/** Sets the weights of a network. Errors name the file. */
function load(network: LayersModel, { file, stateDict }: Head): void {
  try {
    loadStateDict(network, stateDict);
  } catch (error) {
    if (error instanceof CycleGANError)
      refuse(`${show(file)}: ${error.message.replace(/^loadStateDict \(.*?\): /, '')}`);
    throw error;
  }
}

function cycleGAN(found: ReadonlyMap<NetworkName, Found>, given: Given): Built {
  const [a, b] = [found.get('G_A')!, found.get('G_B')!];
  checkEqual(a, b, true);
  const judges = [found.get('D_A'), found.get('D_B')].filter((one) => one !== undefined);
  if (judges.length === 2) checkEqual(judges[0]!, judges[1]!, false);
  const { inputChannels, outputChannels } = a.architecture;
  for (const judge of judges)
    checkDiscriminator(a, judge, judge.name === 'D_A' ? outputChannels : inputChannels);
  const options = { ...generatorOptions(a, given), ...(judges[0] && discriminatorOptions(judges[0])) };
  const model = withoutInitialValues(() => new CycleGAN(options));
  const missing = (['D_A', 'D_B'] as const).filter((name) => !found.has(name));
  try {
    for (const one of found.values()) {
      load(model[cycleGANNames[one.name as keyof typeof cycleGANNames]], one);
    }
    const fresh = missing.length === 0 ? undefined : prepareNetworks(model.options!);
    for (const name of missing) {
      const discriminator = fresh![cycleGANNames[name]]();
      model[cycleGANNames[name]].setWeights(discriminator.getWeights());
      disposeNetwork(discriminator);
    }
  } catch (error) {
    model.dispose();
    throw error;
  }
  const notes =
    missing.length === 0 ? [] : [`${missing.join(' and ')}: not in the files, so new and untrained.`];
  return { model, notes };
}

function pix2pix(found: ReadonlyMap<NetworkName, Found>, given: Given): Built {
  const [generator, discriminator] = [found.get('G')!, found.get('D')!];
  const { inputChannels, outputChannels, kind } = generator.architecture;
  checkDiscriminator(generator, discriminator, inputChannels + outputChannels);
  const options = { ...generatorOptions(generator, given), ...discriminatorOptions(discriminator) };
  const model = withoutInitialValues(() => new Pix2Pix(options));
  try {
    for (const one of found.values()) {
      load(model[pix2pixNames[one.name as keyof typeof pix2pixNames]], one);
    }
  } catch (error) {
    model.dispose();
    throw error;
  }
  const isAssumed = kind === 'unet' && given.dropout === undefined;
  return {
    model,
    notes: isAssumed ? ['G: dropout, as in PyTorch by default; weights of a U-Net do not show it.'] : [],
  };
}

function cut(found: ReadonlyMap<NetworkName, Found>, head: Head, given: Given): Built {
  const [generator, discriminator] = [found.get('G')!, found.get('D')!];
  const { outputChannels, ...own } = generatorOptions(generator, given);
  const alone = (fault: string): Built => {
    const note = `F: ${fault}. D and F were left out: the model is a Translator.`;
    const { model, notes } = translator(generator, given);
    return { model, notes: [note, ...notes] };
  };
  if (own.generator !== 'resnet') return alone('G is a U-Net, but the generator of a CUT is a ResNet');
  if (own.inputShape[2] !== outputChannels) {
    return alone(
      `G must keep the channels of images for a CUT, but turns ${own.inputShape[2]} into ${outputChannels}`,
    );
  }
  checkDiscriminator(generator, discriminator, outputChannels);
  const { nceLayers } = given;
  const { units, inputs } = headOf(head.stateDict, (fault) => refuse(`${show(head.file)}: ${fault}`));
  const options = {
    ...own,
    ...discriminatorOptions(discriminator),
    generator: 'resnet' as const,
    nceUnits: units,
    ...(nceLayers !== undefined && { nceLayers }),
  };
  const model = withoutInitialValues(() => new CUT(options));
  const shown = show(model.nceLayers);
  const expected = show(model.head.inputs.map(({ shape }) => shape[1]));
  if (expected !== show(inputs)) {
    model.dispose();
    return alone(
      `it takes features of ${show(inputs)} channels, but the nceLayers ${shown} have ${expected}`,
    );
  }
  try {
    for (const one of found.values()) {
      load(model[cutNetworkNames[one.name as keyof typeof cutNetworkNames]], one);
    }
    load(model.head, head);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return {
    model,
    notes: nceLayers === undefined ? [`F: nceLayers ${shown}, which its weights do not show.`] : [],
  };
}

function translator(generator: Found, given: Given): Built {
  const direction = given.direction ?? (generator.name === 'G_B' ? 'BtoA' : 'AtoB');
  const own = generatorOptions(generator, given);
  const [height, width, channels] = own.inputShape;
  const isBack = direction === 'BtoA'; // the options of a model are those of A → B
  const options = resolveCycleGANOptions({
    ...own,
    inputShape: [height, width, isBack ? own.outputChannels : channels],
    outputChannels: isBack ? channels : own.outputChannels,
  });
  const name = isBack ? 'generatorF' : 'generatorG';
  const network = withoutInitialValues(() => prepareNetworks(options)[name]());
  try {
    load(network, generator);
  } catch (error) {
    disposeNetwork(network);
    throw error;
  }
  return { model: Translator.of(direction, network, options), notes: [] };
}
