/** Whether four networks fit together as a CycleGAN. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { show } from '../core/options.js';
import { type CycleGANNetworks, networkNames } from './cyclegan-options.js';

/** Every network takes one batch of pictures and gives one; channels and known sizes must meet. */
export function checkFit(where: string, networks: CycleGANNetworks): void {
  const refuse = (message: string): never => {
    throw new CycleGANError('INVALID_MODEL', `${where}: ${message}`);
  };
  for (const name of networkNames) {
    const { inputs, outputs } = networks[name];
    const shapes = [...inputs, ...outputs].map((t) => t.shape);
    if (inputs.length !== 1 || outputs.length !== 1 || shapes.some((shape) => shape.length !== 4)) {
      refuse(
        `${name} must take one batch of pictures [batch, height, width, channels] and give one, ` +
          `got inputs and outputs of shape ${shapes.map(show).join(', ')}.`,
      );
    }
  }
  const input = (network: LayersModel) => network.inputs[0]!.shape;
  const output = (network: LayersModel) => network.outputs[0]!.shape;
  const { generatorG, generatorF, discriminatorX, discriminatorY } = networks;
  const meetings = [
    ['generatorG gives', output(generatorG), 'generatorF takes', input(generatorF)],
    ['generatorF gives', output(generatorF), 'generatorG takes', input(generatorG)],
    ['generatorF gives', output(generatorF), 'discriminatorX takes', input(discriminatorX)],
    ['generatorG gives', output(generatorG), 'discriminatorY takes', input(discriminatorY)],
  ] as const;
  for (const [from, given, to, taken] of meetings) {
    if (given.some((size, i) => size !== null && taken[i] !== null && size !== taken[i])) {
      refuse(`${from} pictures of shape ${show(given)}, but ${to} ${show(taken)}. They must be the same.`);
    }
  }
}
