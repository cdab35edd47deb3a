/**
 * Infers the architecture of a network from the keys and shapes of its state dict. The shapes of all kernels are checked on the
 * way, before anything is allocated.
 */
import type { Border } from '../core/border.js';
import type { Convention } from '../core/convention.js';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import type { StateDict } from '../models/state-dict.js';
import type { Norm } from '../models/options.js';

/** The architecture of a network, under the names of the options of its builder. */
export interface Architecture {
  /** `resnet` and `unet` are generators, `patch` and `pixel` discriminators. */
  kind: 'resnet' | 'unet' | 'patch' | 'pixel';
  /** `keras` only if the state dict shows it: instance norm with γ and β. */
  convention: Convention;
  norm: Norm;
  inputChannels: number;
  /** 1 for discriminators. */
  outputChannels: number;
  filters: number;
  /** The other options that apply to this kind: `residualBlocks`, `levels`, `layers` and so on. */
  options: {
    downsamplingBlocks?: number;
    residualBlocks?: number;
    upsampling?: 'transposed' | 'resize' | 'smooth';
    border?: Border;
    dropout?: boolean;
    separable?: boolean;
    antialias?: boolean;
    levels?: number;
    layers?: number;
  };
  /** What keys and shapes do not show, and which value is used instead. */
  assumed: string[];
}

/** Kernels of a state dict, whose shapes are checked when they are asked for. */
class Kernels {
  constructor(
    readonly stateDict: StateDict,
    readonly where: string,
  ) {}

  refuse(fault: string): never {
    throw new CycleGANError('INVALID_WEIGHTS', `${this.where}: ${fault}`);
  }

  has = (key: string): boolean => Object.hasOwn(this.stateDict, key);

  /** The shape of a kernel: [out, in, size, size]; of a transposed convolution [in, out, size, size]. */
  shape(layer: string, size: number): [number, number] {
    const key = `${layer}.weight`;
    if (!this.has(key)) this.refuse(`${show(key)} is missing.`);
    const { shape } = this.stateDict[key]!;
    const [first, second, height, width] = shape;
    if (shape.length !== 4 || height !== size || width !== size || !(first! > 0) || !(second! > 0)) {
      this.refuse(`${show(key)} must have the shape of a ${size}×${size} convolution, got ${show(shape)}.`);
    }
    return [first!, second!];
  }

  /** Checks the shape of a kernel. */
  expect(layer: string, size: number, want: readonly [number, number]): void {
    const got = this.shape(layer, size);
    if (got[0] === want[0] && got[1] === want[1]) return;
    this.refuse(
      `${show(`${layer}.weight`)} must have shape ${show([...want, size, size])}, got ${show([...got, size, size])}.`,
    );
  }

  /** The norm after a convolution, and the convention if the norm shows it. */
  norm(convolution: string, norm: string): Pick<Architecture, 'norm' | 'convention'> {
    if (this.has(`${norm}.weight`)) {
      return this.has(`${norm}.running_var`)
        ? { norm: 'batch', convention: 'pytorch' }
        : { norm: 'instance', convention: 'keras' };
    }
    return { norm: this.has(`${convolution}.bias`) ? 'instance' : 'none', convention: 'pytorch' };
  }
}

/**
 * Infers the architecture of a generator or discriminator of pytorch-CycleGAN-and-pix2pix, of CUT, of GAN Compression
 * (`MobileResnetGenerator`), or of this library, from its state dict.
 *
 * Whether a ResNet has borders of `reflect` or `replicate`, and whether a U-Net or a separable ResNet has dropout, cannot be seen;
 * `assumed` lists that.
 *
 * @throws CycleGANError `INVALID_WEIGHTS` for state dicts of other networks, and for kernels that do not fit together
 * @example
 * ```ts
 * import '@tensorflow/tfjs';
 * import { resnetGenerator, stateDict } from 'ts-cyclegan';
 * import { inferArchitecture } from 'ts-cyclegan/interop';
 * const network = resnetGenerator({ convention: 'pytorch', inputShape: [32, 32, 3], filters: 4, residualBlocks: 2 });
 * const { kind, filters, options } = inferArchitecture(await stateDict(network));
 * console.log(kind, filters, options.residualBlocks); // resnet 4 2
 * ```
 */
export function inferArchitecture(stateDict: StateDict): Architecture {
  return architectureOf('inferArchitecture', stateDict);
}

/** {@link inferArchitecture} with the place for messages. */
export function architectureOf(where: string, stateDict: StateDict): Architecture {
  const kernels = new Kernels(stateDict, where);
  const keys = Object.keys(stateDict);
  if (kernels.has('model.model.0.weight')) return unet(kernels, keys);
  if (kernels.has('model.1.weight') && keys.some((key) => /^model\.\d+\.conv_block\./.test(key)))
    return resnet(kernels, keys);
  if (kernels.has('net.0.weight')) return pixel(kernels);
  if (kernels.has('model.0.weight')) return patch(kernels, keys);
  const shown = keys.slice(0, 3).map(show).join(', ');
  return kernels.refuse(
    `the keys (${shown}${keys.length > 3 ? ', …' : ''}) are not those of a generator or discriminator of pytorch-CycleGAN-and-pix2pix.`,
  );
}

function resnet(kernels: Kernels, keys: readonly string[]): Architecture {
  const [filters, inputChannels] = kernels.shape('model.1', 7);
  const inner = keys.flatMap(
    (key) => /^model\.(\d+)\.conv_block\.\d+\.(?:conv\.\d+\.)?weight$/.exec(key)?.[1] ?? [],
  );
  const blocks = [...new Set(inner.map(Number))].sort((a, b) => a - b);
  const first = blocks[0] ?? kernels.refuse('the residual blocks have no kernels.');
  const residualBlocks = blocks.length;
  const antialias = kernels.has('model.7.filt');
  const each = antialias ? 4 : 3; // convolution, norm, activation, and the antialiased halving
  const downsamplingBlocks = (first - 4) / each; // after padding, convolution, norm and activation
  if (!Number.isInteger(downsamplingBlocks) || downsamplingBlocks < 0 || downsamplingBlocks > 8) {
    kernels.refuse(
      `the first residual block must be at "model.4", "model.${4 + each}", "model.${4 + 2 * each}" …, got "model.${first}".`,
    );
  }
  for (let i = 1; i <= downsamplingBlocks; i++) {
    kernels.expect(`model.${4 + (i - 1) * each}`, 3, [filters * 2 ** i, filters * 2 ** (i - 1)]);
  }
  const wide = filters * 2 ** downsamplingBlocks;
  const second = secondConvolution(kernels, first);
  for (const [i, at] of blocks.entries()) {
    if (at !== first + i) kernels.refuse(`the residual block "model.${first + i}" is missing.`);
    for (const place of [second.first, second.at]) {
      const convolution = `model.${at}.conv_block.${place}`;
      if (second.separable) {
        kernels.expect(`${convolution}.conv.0`, 3, [wide, 1]);
        kernels.expect(`${convolution}.conv.2`, 1, [wide, wide]);
      } else kernels.expect(convolution, 3, [wide, wide]);
    }
  }
  const up = first + residualBlocks;
  const upsampling = kernels.has(`model.${up}.filt`)
    ? 'smooth'
    : resizes(kernels, `model.${up}`, wide, downsamplingBlocks)
      ? 'resize'
      : 'transposed';
  const eachUp = upsampling === 'smooth' ? 4 : 3;
  for (let i = 0; i < downsamplingBlocks; i++) {
    const [from, to] = [wide / 2 ** i, wide / 2 ** (i + 1)];
    const convolution = `model.${up + eachUp * i + (upsampling === 'smooth' ? 1 : 0)}`;
    kernels.expect(convolution, 3, upsampling === 'transposed' ? [from, to] : [to, from]);
  }
  const last = `model.${up + eachUp * downsamplingBlocks + 1}`;
  const [outputChannels, from] = kernels.shape(last, 7);
  kernels.expect(last, 7, [outputChannels, from === filters ? from : filters]);
  const { border, dropout, separable } = second;
  return {
    kind: 'resnet',
    ...kernels.norm('model.1', 'model.2'),
    inputChannels,
    outputChannels,
    filters,
    options: { downsamplingBlocks, residualBlocks, upsampling, border, dropout, separable, antialias },
    assumed: [
      ...(border === 'reflect' ? ['border "reflect", which has the keys of "replicate"'] : []),
      ...(separable ? ['dropout false, which has the keys of true'] : []),
    ],
  };
}

/** Where the convolutions of a residual block are: this depends on the border and on dropout. */
function secondConvolution(kernels: Kernels, block: number) {
  const places = [
    { first: 1, at: 5, border: 'reflect', dropout: false },
    { first: 1, at: 6, border: 'reflect', dropout: true },
    { first: 0, at: 3, border: 'zero', dropout: false },
    { first: 0, at: 4, border: 'zero', dropout: true },
  ] as const;
  const isKernel = (layer: string) => {
    const key = `model.${block}.conv_block.${layer}.weight`;
    return kernels.has(key) && kernels.stateDict[key]!.shape.length === 4; // norms have weights, too
  };
  const found = places.find(({ first, at }) => isKernel(`${first}`) && isKernel(`${at}`));
  if (found !== undefined) return { ...found, separable: false };
  // blocks of separable convolutions always have a place for dropout, so it cannot be seen
  const separable = places.find(
    ({ first, at, dropout }) => dropout && isKernel(`${first}.conv.0`) && isKernel(`${at}.conv.0`),
  );
  return (
    (separable && { ...separable, dropout: false, separable: true }) ??
    kernels.refuse(`the convolutions of the block "model.${block}" must be the layers 1 and 5, 1 and 6, 0 and 3, or 0 and 4.`) // prettier-ignore
  );
}

/** Whether the upsampling layer is a convolution of a resized image, [out, in], not a transposed convolution, [in, out]. */
function resizes(kernels: Kernels, layer: string, channels: number, count: number): boolean {
  if (count === 0) return false;
  const [out, into] = kernels.shape(layer, 3);
  return into === channels && out !== channels;
}

function unet(kernels: Kernels, keys: readonly string[]): Architecture {
  const [filters, inputChannels] = kernels.shape('model.model.0', 4);
  const width = (level: number) => filters * 2 ** Math.min(level, 3);
  // each level inside of another has one more "model.<n>" in its name
  const levelOf = (key: string) => (key.match(/model\.\d+(?=\.)/g) ?? []).length;
  // not Math.max(...): a file may have more keys than a call can have arguments
  const levels = keys.reduce((most, key) => Math.max(most, levelOf(key)), 0);
  if (levels < 5 || levels > 12) kernels.refuse(`a U-Net must have 5 to 12 levels, got ${levels}.`);
  const innerOf = (block: string, level: number) => `${block}.model.${level === 0 ? 1 : 3}`;
  let block = 'model';
  let outputChannels = 0;
  let norm: Pick<Architecture, 'norm' | 'convention'> | undefined;
  for (let level = 0; level < levels; level++) {
    const isInnermost = level === levels - 1;
    const down = `${block}.model.${level === 0 ? 0 : 1}`;
    if (level > 0) kernels.expect(down, 4, [width(level), width(level - 1)]);
    const upIndex = level === 0 ? 3 : isInnermost ? 3 : 5;
    const up = `${block}.model.${upIndex}`;
    const inputs = isInnermost ? width(level) : 2 * width(level); // with the skip connection
    if (level === 0) {
      outputChannels = kernels.shape(up, 4)[1];
      kernels.expect(up, 4, [inputs, outputChannels]);
    } else {
      kernels.expect(up, 4, [inputs, width(level - 1)]);
    }
    if (level === 1) norm = kernels.norm(down, `${block}.model.2`);
    block = innerOf(block, level);
  }
  return {
    kind: 'unet',
    ...norm!,
    inputChannels,
    outputChannels,
    filters,
    options: { levels },
    assumed: [],
  };
}

function patch(kernels: Kernels, keys: readonly string[]): Architecture {
  const [filters, inputChannels] = kernels.shape('model.0', 4);
  const places = keys.flatMap((key) => {
    const [, index] = /^model\.(\d+)\.weight$/.exec(key) ?? [];
    return index !== undefined && kernels.stateDict[key]!.shape.length === 4 ? [Number(index)] : [];
  });
  const layers = places.length - 2;
  if (layers < 1 || layers > 8) kernels.refuse(`a PatchGAN must have 1 to 8 layers, got ${layers}.`);
  const width = (n: number) => filters * Math.min(2 ** n, 8);
  const antialias = kernels.has('model.2.filt');
  const each = antialias ? 4 : 3;
  const first = each - 1; // after a convolution, an activation and perhaps the antialiased halving
  for (let n = 1; n <= layers; n++)
    kernels.expect(`model.${first + each * (n - 1)}`, 4, [width(n), width(n - 1)]);
  kernels.expect(`model.${first + each * (layers - 1) + 3}`, 4, [1, width(layers)]);
  return {
    kind: 'patch',
    ...kernels.norm(`model.${first}`, `model.${first + 1}`),
    inputChannels,
    outputChannels: 1,
    filters,
    options: { layers, antialias },
    assumed: [],
  };
}

function pixel(kernels: Kernels): Architecture {
  const [filters, inputChannels] = kernels.shape('net.0', 1);
  kernels.expect('net.2', 1, [2 * filters, filters]);
  kernels.expect('net.5', 1, [1, 2 * filters]);
  return {
    kind: 'pixel',
    ...kernels.norm('net.2', 'net.3'),
    inputChannels,
    outputChannels: 1,
    filters,
    options: {},
    assumed: [],
  };
}
