/** Reads a network as a list of operations, and starts to read its weights. */
import type * as tf from '@tensorflow/tfjs-core';
import { type layers, LayersModel, type LayerVariable, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { operationsOf } from './layers.js';
import type { Network, Step, Weight } from './operation.js';

/**
 * Reads the layers of a network with one input and one output, as it computes in inference: without dropout, and with the
 * running statistics of batch norm. All reads of weights start now, so training may continue.
 *
 * @throws CycleGANError `UNSUPPORTED` for layers that cannot be exported
 */
export function readNetwork(where: string, network: LayersModel): Network {
  if (network.inputs.length !== 1 || network.outputs.length !== 1) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: networks must have one input and one output, "${network.name}" has ${network.inputs.length} and ${network.outputs.length}.`,
    );
  }
  const steps: Step[] = [];
  const names = new Set(['input', 'output']);
  const weights = new Map<LayerVariable, Weight>();
  const weight = (variable: LayerVariable): Weight => {
    const known = weights.get(variable) ?? readWeight(where, variable, unique(variable.originalName, names));
    weights.set(variable, known);
    return known;
  };

  /** The index of the output of a network that is applied to a value. */
  const apply = (model: LayersModel, input: number): number => {
    const indices = new Map<SymbolicTensor, number>([[model.inputs[0] as SymbolicTensor, input]]);
    const visit = (tensor: SymbolicTensor): number => {
      const known = indices.get(tensor);
      if (known !== undefined) return known;
      const layer = tensor.sourceLayer;
      const index = call(layer, tensor, tensor.inputs.map(visit));
      indices.set(tensor, index);
      return index;
    };
    return visit(model.outputs[0] as SymbolicTensor);
  };

  const call = (layer: layers.Layer, output: SymbolicTensor, inputs: number[]): number => {
    if (layer instanceof LayersModel && layer.inputs.length === 1 && layer.outputs.length === 1) {
      return apply(layer, inputs[0]!);
    }
    const [first] = output.inputs;
    const config = layer.getConfig();
    const rank = first?.shape.length;
    const isAlike = output.inputs.every(({ shape }) => shape.length === rank); // others are broadcast
    const operations =
      rank !== undefined && isAlike
        ? operationsOf({ layer, config, rank, output: output.shape, weight })
        : undefined;
    if (operations === undefined) throw unsupported(where, layer);
    let values = inputs;
    for (const operation of operations) {
      steps.push({
        name: unique(layer.name, names),
        operation,
        inputs: values,
        rank: output.shape.length,
        channels: output.shape.at(-1) ?? -1,
      });
      values = [steps.length];
    }
    return values[0]!;
  };

  const output = apply(network, 0);
  return {
    inputShape: network.inputs[0]!.shape,
    steps,
    output,
    isFixedSize: steps.some(({ operation }) => operation.kind === 'dense' || operation.kind === 'reshape'),
  };
}

function readWeight(where: string, variable: LayerVariable, name: string): Weight {
  const tensor = variable.read();
  const values = readValues(where, name, tensor);
  values.catch(() => undefined); // handled where the values are used, if they are
  return { name, shape: tensor.shape, values };
}

async function readValues(where: string, name: string, tensor: tf.Tensor): Promise<Float32Array> {
  const values = (await tensor.data()) as Float32Array;
  if (!values.every(Number.isFinite)) {
    throw new CycleGANError(
      'NOT_A_NUMBER',
      `${where}: the weight ${show(name)} holds NaN or Infinity. Nothing was exported. Return to an earlier model.`,
    );
  }
  return values;
}

/**
 * A name that is not taken: layers may be called more than once, and have an activation. Graphs of TensorFlow allow fewer characters
 * than layers.
 */
function unique(name: string, taken: Set<string>): string {
  const allowed = name.replaceAll(/[^\w./>-]/g, '_');
  let free = allowed;
  for (let count = 2; taken.has(free); count++) free = `${allowed}/${count}`;
  taken.add(free);
  return free;
}

const unsupported = (where: string, layer: layers.Layer) =>
  new CycleGANError(
    'UNSUPPORTED',
    `${where}: the layer ${show(layer.name)} of the class ${layer.getClassName()}, or one of its options, cannot be exported. ` +
      'Use the layers of the generators and discriminators of this library.',
  );
