/** Networks of consecutive layers, named as in PyTorch's `nn.Sequential`: `main.0`, `main.1`, … */
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { initializerFor, type KernelInitializer } from '../blocks/block.js';
import { connect } from '../layers/layer.js';

export class Sequence {
  #count = 0;

  /** @param x the input, and later the output of the last layer */
  constructor(
    public x: SymbolicTensor,
    private readonly initializer: KernelInitializer,
  ) {}

  /** Adds a layer, or several layers with one index. Returns the name. */
  add(apply: (x: SymbolicTensor, name: string) => SymbolicTensor): string {
    const name = `main.${this.#count++}`;
    this.x = apply(this.x, name);
    return name;
  }

  /** Adds a layer that is created from its name. */
  layer(make: (args: { name: string }) => layers.Layer): string {
    return this.add((x, name) => connect(make({ name }), x));
  }

  /** [B, in] → [B, units]; PyTorch: `nn.Linear`. */
  linear(units: number, useBias = true): string {
    const kernelInitializer = initializerFor(this.initializer, [1, 1, this.x.shape[1]!, units]);
    return this.layer(({ name }) =>
      layers.dense({ units, useBias, kernelInitializer: kernelInitializer, name }),
    );
  }

  /** [B, c·h·w] → [B, h, w, c]; the input has PyTorch's order c, h, w. */
  unflatten([height, width, channels]: readonly [number, number, number]): string {
    return this.add((x, name) => {
      const targetShape = [channels, height, width];
      const image = connect(layers.reshape({ targetShape, name }), x);
      return connect(layers.permute({ dims: [2, 3, 1], name: `${name}.permute` }), image);
    });
  }

  /** [B, h, w, c] → [B, c·h·w]; the output has PyTorch's order c, h, w. */
  flatten(): string {
    return this.add((x, name) => {
      const image = connect(layers.permute({ dims: [3, 1, 2], name: `${name}.permute` }), x);
      return connect(layers.flatten({ name }), image);
    });
  }
}
