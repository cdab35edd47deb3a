/** The options of networks that were found in files, and whether networks and options fit together. */
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import type { Hints } from './hints.js';
import type { ImportOptions } from './import-options.js';
import type { Architecture } from './architecture.js';
import { type Found, type Head, refuse, where } from './found-networks.js';
import type { NetworkName } from './network-names.js';

/** The options, and what the files say about the model. */
export type Given = ImportOptions & Hints;

/** Whether the weights leave open if a generator has dropout. */
const hidesDropout = ({ kind, options }: Architecture): boolean =>
  kind === 'unet' || options.separable === true;
/** Whether the weights leave open which border a generator has. */
const hidesBorder = ({ kind, options }: Architecture): boolean =>
  kind === 'resnet' && options.border === 'reflect';

/**
 * Refuses options that would be ignored, because the weights show something else or the model has no such option. The generators of a
 * model are alike.
 *
 * @throws CycleGANError `INVALID_OPTION`
 */
export function checkApplicable(
  { direction, border, dropout, nceLayers }: ImportOptions,
  found: ReadonlyMap<NetworkName, Found>,
  head: Head | undefined,
): void {
  const names = [...found.keys(), ...(head === undefined ? [] : ['F'])];
  const files = `the files have ${names.join(', ')}`;
  const { name, file, architecture } = [...found.values()].find((one) => one.name.startsWith('G'))!;
  const generator = `${name} of ${show(file)} is a ${architecture.kind === 'unet' ? 'U-Net' : 'ResNet'}`;
  const { options } = architecture;
  const refuseIf = (isUnused: boolean, option: string, applies: string, fault: string): void => {
    if (!isUnused) return;
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: option "${option}" is for ${applies}, but ${fault}. Leave it out.`,
    );
  };
  refuseIf(direction !== undefined && names.length > 1, 'direction', 'a single generator', files);
  refuseIf(nceLayers !== undefined && head === undefined, 'nceLayers', 'a CUT', files);
  refuseIf(
    border !== undefined && !hidesBorder(architecture),
    'border',
    'a ResNet with borders of "reflect" or "replicate"',
    `${generator}${architecture.kind === 'unet' ? '' : ` with borders of ${show(options.border)}`}`,
  );
  refuseIf(
    dropout !== undefined && !hidesDropout(architecture),
    'dropout',
    'a U-Net or a separable ResNet',
    `${generator} whose weights show that dropout is ${options.dropout}`,
  );
}

/** The options of a generator. */
export function generatorOptions({ architecture }: Found, given: Given) {
  const { kind, norm, filters, inputChannels, outputChannels, options } = architecture;
  const [height, width] = given.size ?? [null, null];
  const border = hidesBorder(architecture) ? given.border : undefined;
  return {
    convention: norm === 'instance' ? architecture.convention : (given.convention ?? architecture.convention),
    norm,
    filters,
    generator: kind as 'resnet' | 'unet',
    inputShape: [height, width, inputChannels] as [number | null, number | null, number],
    outputChannels,
    ...options,
    ...(border !== undefined && { border }),
    ...(hidesDropout(architecture) && given.dropout !== undefined && { dropout: given.dropout }),
  };
}

/** The options of a discriminator. */
export function discriminatorOptions({ architecture }: Found) {
  const { kind, filters, options } = architecture;
  return {
    discriminator: kind as 'patch' | 'pixel',
    discriminatorFilters: filters,
    ...(options.layers !== undefined && { discriminatorLayers: options.layers }),
  };
}

/** Refuses networks of one model with different architectures. */
export function checkEqual(a: Found, b: Found, isInverse: boolean): void {
  const flat = ({ architecture: { options, assumed: _, ...rest } }: Found) => ({ ...rest, ...options });
  const [first, second] = [flat(a), flat(b)];
  const want = isInverse
    ? { ...first, inputChannels: first.outputChannels, outputChannels: first.inputChannels }
    : { ...first, inputChannels: second.inputChannels };
  for (const [option, value] of Object.entries(want)) {
    const got = second[option as keyof typeof second];
    if (got === value) continue;
    refuse(`${a.name} of ${show(a.file)} and ${b.name} of ${show(b.file)} do not fit together: ${option} of ${b.name} must be ${show(value)}, got ${show(got)}.`); // prettier-ignore
  }
}

/** Refuses a discriminator with another norm than the generators: a model has one norm. */
export function checkDiscriminator(generator: Found, discriminator: Found, channels: number): void {
  const { norm, convention, inputChannels } = discriminator.architecture;
  const want = generator.architecture;
  const { antialias } = discriminator.architecture.options; // of a PatchGAN
  const isAntialiased = want.options.antialias ?? false;
  const fault =
    norm !== want.norm
      ? `norm must be ${show(want.norm)}, as in ${generator.name}, got ${show(norm)}`
      : norm === 'instance' && convention !== want.convention
        ? `convention must be ${show(want.convention)}, as in ${generator.name}, got ${show(convention)}`
        : inputChannels !== channels
          ? `it must take ${channels} channels, got ${inputChannels}`
          : antialias !== undefined && antialias !== isAntialiased
            ? `antialias must be ${isAntialiased}, as in ${generator.name}, got ${antialias}`
            : undefined;
  if (fault !== undefined)
    refuse(`${discriminator.name} of ${show(discriminator.file)} does not fit: ${fault}.`);
}
