/** The layers of a generator whose outputs CUT compares: its features. */
import { type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { nearest, satisfying, show } from '../core/options.js';

/** A layer of a generator: its index in PyTorch's `nn.Sequential`, or its name. */
export type FeatureLayer = number | string;

const isLayer = (value: unknown): boolean =>
  typeof value === 'string' || (Number.isInteger(value) && (value as number) >= 0);

/** Schema of a list of layers. */
export const featureLayers = satisfying<readonly FeatureLayer[]>(
  (value) => Array.isArray(value) && value.length > 0 && value.every(isLayer),
  'a list of layers, as names or as whole numbers from 0',
);

/**
 * The outputs of these layers. PyTorch's ReLUs work in place: the output of a layer that a ReLU follows is what it is after that
 * ReLU. The last layer is an exception, because the pass of CUT's program ends there.
 *
 * @throws CycleGANError `INVALID_OPTION` if a layer does not exist, returns no images, or is not in the order of the network
 */
export function featuresOf(
  where: string,
  generator: LayersModel,
  layers: readonly FeatureLayer[],
): SymbolicTensor[] {
  const names = generator.layers.map(({ name }) => name);
  const refuse = (message: string): never => {
    throw new CycleGANError('INVALID_OPTION', `${where}: option "nceLayers" ${message}`);
  };
  let last = -1;
  return layers.map((layer, i) => {
    const name = typeof layer === 'number' ? `model.${layer}` : layer;
    if (!names.includes(name)) {
      refuse(`names ${show(layer)}, but the generator has no layer "${name}". ${nearest(name, names)}`);
    }
    const position = names.indexOf(name);
    if (position <= last) refuse(`must be in the order of the generator's layers, got ${show(layers)}.`);
    last = position;
    // the part of a transposed convolution that PyTorch returns
    const cropped = names.includes(`${name}.cropping`) ? `${name}.cropping` : name;
    const output = generator.getLayer(cropped).output as SymbolicTensor;
    if (output.shape.length !== 4 || output.shape[3] === null) {
      refuse(
        `names ${show(layer)}, but features must have the shape [batch, height, width, channels], got ${show(output.shape)}.`,
      );
    }
    return i === layers.length - 1 ? output : (reluAfter(generator, output) ?? output);
  });
}

/** The output of the ReLU that follows, if one does. */
const reluAfter = ({ layers }: LayersModel, x: SymbolicTensor): SymbolicTensor | undefined =>
  layers.find(
    (layer) =>
      layer.getClassName() === 'ReLU' &&
      layer.inboundNodes.some(({ inputTensors }) => inputTensors.includes(x)),
  )?.output as SymbolicTensor | undefined;

/**
 * The part of a generator that computes features, as a network. With `image`, its first output is the generator's image. It
 * shares all weights with the generator, so only the generator is disposed.
 */
export const featureNetwork = (
  generator: LayersModel,
  features: readonly SymbolicTensor[],
  { image }: { image: boolean },
): LayersModel =>
  model({
    inputs: generator.inputs,
    outputs: [...(image ? [generator.outputs[0]!] : []), ...features],
    name: `${generator.name}_features`,
  });
