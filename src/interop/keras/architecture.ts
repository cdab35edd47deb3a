/**
 * The networks of the Keras example by the shapes of their weights: which builder of this library makes the same network, and with
 * which options.
 */
import type { PatchDiscriminatorOptions } from '../../models/patch-discriminator.js';
import type { ResnetGeneratorOptions } from '../../models/resnet-generator.js';

/** A kind of layer with weights. */
export type LayerKind = 'convolution' | 'transposed convolution' | 'norm';

/** A layer and the shapes of its weights. */
export interface ShapedLayer {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
}

/** Layers by kind. The layers of a kind are in the order of the model. */
export type LayersByKind<T = ShapedLayer> = Record<LayerKind, T[]>;

/** A network of the Keras example: a builder of this library and its options. */
export type KerasArchitecture =
  | { network: 'resnet'; options: ResnetGeneratorOptions }
  | { network: 'patch'; options: PatchDiscriminatorOptions };

/** The builders accept up to this. */
const mostHalvings = 8;

/** Layers that were sorted, or the fault of the first layer that cannot be one of the example's. */
export function byKind<T extends ShapedLayer>(layers: readonly T[]): LayersByKind<T> | { fault: string } {
  const sorted: LayersByKind<T> = { convolution: [], 'transposed convolution': [], norm: [] };
  for (const layer of layers) {
    const ranks = layer.shapes.map((shape) => shape.length).join();
    const kind =
      ranks === '4' || ranks === '4,1'
        ? /transpose/i.test(layer.name)
          ? 'transposed convolution'
          : 'convolution'
        : ranks === '1,1' || ranks === '1,1,1,1'
          ? 'norm'
          : undefined;
    if (kind === undefined) {
      return {
        fault: `the layer ${JSON.stringify(layer.name)} has weights of the shapes ${JSON.stringify(layer.shapes)}, which no layer of these networks has`,
      };
    }
    sorted[kind].push(layer);
  }
  return sorted;
}

/** The architecture of a network, or why it is none of the example's. */
export function architectureOf(layers: LayersByKind): KerasArchitecture | { fault: string } {
  const architecture = guess(layers);
  const fault = 'fault' in architecture ? architecture.fault : differenceFrom(architecture, layers);
  return fault === undefined ? architecture : { fault };
}

/** The architecture by the first shapes; the other shapes may differ. */
function guess({
  convolution,
  'transposed convolution': ups,
  norm,
}: LayersByKind): KerasArchitecture | { fault: string } {
  const kernels = convolution.map(({ shapes }) => shapes[0] as [number, number, number, number]);
  const [first, last] = [kernels[0], kernels.at(-1)];
  if (first === undefined || kernels.length < 2) return { fault: 'it has fewer than two convolutions' };
  if (first[2] < 1 || first[3] < 1 || last![3] < 1) return { fault: 'it has no channels' };
  const shared = {
    convention: 'keras',
    inputShape: [null, null, first[2]],
    filters: first[3],
    norm: norm.length === 0 ? 'none' : norm[0]!.shapes.length === 2 ? 'instance' : 'batch',
  } as const;
  if (first[0] === 4 && ups.length === 0) {
    const layers = kernels.length - 2;
    if (layers < 1 || layers > mostHalvings) return { fault: `it has ${kernels.length} convolutions` };
    return { network: 'patch', options: { ...shared, layers } };
  }
  const inner = kernels.slice(1, -1);
  const residual = inner.filter(([, , from, to]) => from === to).length;
  const halving = inner.filter(([, , from, to]) => from < to).length;
  const doubling = inner.length - residual - halving; // resize-convolutions
  if (Math.max(halving, doubling + ups.length) > mostHalvings) {
    return { fault: `it halves or doubles images more than ${mostHalvings} times` };
  }
  return {
    network: 'resnet',
    options: {
      ...shared,
      outputChannels: last![3],
      downsamplingBlocks: halving,
      residualBlocks: Math.floor(residual / 2),
      upsamplingBlocks: doubling + ups.length,
      upsampling: doubling > 0 ? 'resize' : 'transposed',
    },
  };
}

/** The shapes of the weights of a network, by kind. */
function shapesOf({ network, options }: KerasArchitecture): Record<LayerKind, number[][][]> {
  const shapes: Record<LayerKind, number[][][]> = { convolution: [], 'transposed convolution': [], norm: [] };
  const { filters = 64, norm, inputShape } = options;
  let channels = inputShape![2];
  const convolution = (size: number, to: number, bias = false) => {
    shapes.convolution.push([[size, size, channels, to], ...(bias ? [[to]] : [])]);
    channels = to;
  };
  const normalized = () => {
    const count = { instance: 2, batch: 4, none: 0 }[norm!];
    if (count > 0) shapes.norm.push(Array.from({ length: count }, () => [channels]));
  };
  if (network === 'patch') {
    const { layers } = options;
    convolution(4, filters, true);
    for (let n = 1; n <= layers!; n++) {
      convolution(4, filters * Math.min(2 ** n, 8));
      normalized();
    }
    convolution(4, 1, true);
    return shapes;
  }
  const {
    downsamplingBlocks: down,
    residualBlocks,
    upsamplingBlocks: up,
    upsampling,
    outputChannels,
  } = options;
  convolution(7, filters);
  normalized();
  for (let i = 1; i <= down!; i++) {
    convolution(3, filters * 2 ** i);
    normalized();
  }
  for (let i = 0; i < 2 * residualBlocks!; i++) {
    convolution(3, channels);
    normalized();
  }
  for (let i = up! - 1; i >= 0; i--) {
    const to = Math.max(1, Math.round(filters * 2 ** (i + down! - up!)));
    if (upsampling === 'resize') convolution(3, to);
    else {
      shapes['transposed convolution'].push([[3, 3, to, channels]]);
      channels = to;
    }
    normalized();
  }
  convolution(7, outputChannels!, true);
  return shapes;
}

/** Describes the first difference between layers and the architecture. */
function differenceFrom(architecture: KerasArchitecture, layers: LayersByKind): string | undefined {
  const expected = shapesOf(architecture);
  for (const kind of Object.keys(expected) as LayerKind[]) {
    for (const [i, shapes] of expected[kind].entries()) {
      const layer = layers[kind][i];
      if (layer === undefined)
        return `it needs ${expected[kind].length} layers of the kind ${kind}, got ${i}`;
      if (JSON.stringify(layer.shapes) !== JSON.stringify(shapes)) {
        return `the weights of the layer ${JSON.stringify(layer.name)} must have the shapes ${JSON.stringify(shapes)}, got ${JSON.stringify(layer.shapes)}`;
      }
    }
    if (layers[kind].length > expected[kind].length) {
      return `it needs ${expected[kind].length} layers of the kind ${kind}, got ${layers[kind].length}`;
    }
  }
  return undefined;
}
