/** Networks of layers one after another, whose names count as those of PyTorch's `nn.Sequential` do: `main.0`, `main.1`, … */
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { initializerFor, type KernelInitializer } from '../blocks/block.js';
import { connect } from '../layers/layer.js';

export class Sequence {
  #count = 0;

  /** @param x the input, and then the output of the last layer */
  constructor(
    public x: SymbolicTensor,
    private readonly initializer: KernelInitializer,
  ) {}

  /** Adds a layer, or layers that count as one. Returns its name. */
  add(apply: (x: SymbolicTensor, name: string) => SymbolicTensor): string {
    const name = `main.${this.#count++}`;
    this.x = apply(this.x, name);
    return name;
  }

  /** Adds a layer that is made from its name. */
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

  /** [B, h·w·c], in the order of PyTorch, c, h, w, to [B, h, w, c]. */
  unflatten([height, width, channels]: readonly [number, number, number]): string {
    return this.add((x, name) => {
      const targetShape = [channels, height, width];
      const image = connect(layers.reshape({ targetShape, name }), x);
      return connect(layers.permute({ dims: [2, 3, 1], name: `${name}.permute` }), image);
    });
  }

  /** [B, h, w, c] to [B, h·w·c], in the order of PyTorch, c, h, w. */
  flatten(): string {
    return this.add((x, name) => {
      const image = connect(layers.permute({ dims: [3, 1, 2], name: `${name}.permute` }), x);
      return connect(layers.flatten({ name }), image);
    });
  }
}
