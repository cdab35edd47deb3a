/**
 * The optimizers of a trainer in the format of `torch.optim.Adam.state_dict()`: training goes on in PyTorch, and back.
 *
 * As in pytorch-CycleGAN-and-pix2pix, `optimizer_G` has the parameters of G_A and then those of G_B, `optimizer_D` those of D_A and
 * then those of D_B. As in contrastive-unpaired-translation, a CUT has `optimizer_F` for the feature head, too. (These programs
 * themselves do not save their optimizers.)
 */
import { CycleGANError } from '../core/errors.js';
import { optional, resolveOptions, show, wholeNumber } from '../core/options.js';
import { permute } from '../core/permute.js';
import { kernelAxes, type NamedArray } from '../models/state-dict.js';
import { cutNetworkNames, cycleGANNames, pix2pixNames } from './network-names.js';
import { encodeAdam, readAdam } from './pytorch/adam.js';
import { checkBytes } from './refuse.js';

/** An array of a state. */
export interface StateArray {
  shape: number[];
  data: Float32Array;
}

/** The parts of `trainer.state()` that belong to the optimizers. */
export interface OptimizedState {
  algorithm: { name: string; options: Record<string, unknown> };
  /** Completed epochs. */
  epoch: number;
  step: number;
  /** The weights of each network. */
  networks: Record<string, Record<string, StateArray>>;
  /** Steps and means of each weight that was trained. */
  trained: Record<
    string,
    {
      optimizer: Record<string, { steps: number; slots: Record<string, StateArray> }>;
      accumulated: { steps: number; sums: Record<string, StateArray> };
    }
  >;
  /** The current factor of the learning rates, and what it is computed from. */
  schedule: { factor: number; plan?: string; plateau?: object };
  /** The current epoch. */
  running: object | null;
}

/** The optimizers of the PyTorch programs. Only CUT has `optimizer_F`. */
export type OptimizerName = 'optimizer_G' | 'optimizer_D' | 'optimizer_F';

/** A value for each optimizer of a trainer. */
export type ByOptimizer<T> = Record<'optimizer_G' | 'optimizer_D', T> & Partial<Record<'optimizer_F', T>>;

/** Options of {@link importOptimizers}. */
export interface ImportOptimizersOptions {
  /**
   * Epochs that were trained in all, here and in PyTorch, which the files do not tell. Schedules by epoch, such as the default,
   * continue from here.
   * @default the epochs of the state
   */
  epoch?: number;
}

const entries = { epoch: optional(wholeNumber(0)) };

/** The networks of each optimizer, in PyTorch's order, and the group of its learning rate. */
const optimizersOf: Record<string, ByOptimizer<{ networks: string[]; group: string }>> = {
  cyclegan: {
    optimizer_G: { networks: [cycleGANNames.G_A, cycleGANNames.G_B], group: 'generator' },
    optimizer_D: { networks: [cycleGANNames.D_A, cycleGANNames.D_B], group: 'discriminator' },
  },
  pix2pix: {
    optimizer_G: { networks: [pix2pixNames.G], group: 'generator' },
    optimizer_D: { networks: [pix2pixNames.D], group: 'discriminator' },
  },
  cut: {
    optimizer_G: { networks: [cutNetworkNames.G], group: 'generator' },
    optimizer_D: { networks: [cutNetworkNames.D], group: 'discriminator' },
    optimizer_F: { networks: [cutNetworkNames.F], group: 'generator' },
  },
};

/** Refuses states of other algorithms, and those whose Adam is that of Keras. */
function checkedOptimizers(where: string, { algorithm }: OptimizedState) {
  const { name, options } = algorithm;
  if (!Object.hasOwn(optimizersOf, name)) {
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: the state must be of the algorithm "cyclegan", "pix2pix" or "cut", got ${show(name)}.`,
    );
  }
  if (options.convention === 'keras') {
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: the state has the convention ${show(options.convention)}, whose Adam is that of Keras. Train with convention: "pytorch".`,
    );
  }
  return optimizersOf[name]!;
}

/** The name of a layer in the name of its weight: `mlp_0.2` of `mlp_0.2/kernel`. */
const layerOf = (weight: string): string => weight.slice(0, weight.lastIndexOf('/'));
/** PyTorch's order of modules: that of the indices in their names. */
const { compare } = new Intl.Collator('en', { numeric: true });

/**
 * The trained parameters of networks in PyTorch's order: all weights but the running statistics of batch norm. TensorFlow.js has
 * layers by their distance from the output: of the feature head first all `mlp_<i>.0`, then all `mlp_<i>.2`.
 */
const parametersOf = (state: OptimizedState, networks: readonly string[]) =>
  networks.flatMap((network) =>
    Object.keys(state.networks[network] ?? {})
      .filter((weight) => !/\/moving_(mean|variance)$/.test(weight))
      .sort((one, other) => compare(layerOf(one), layerOf(other)))
      .map((weight) => ({ network, weight })),
  );

/** The name of the parameter at the end of a weight's name. */
const parameterOf = (weight: string): string => weight.slice(weight.lastIndexOf('/') + 1);

const inPyTorch = (weight: string, { shape, data }: StateArray): NamedArray => {
  const order = kernelAxes(shape.length, parameterOf(weight))?.pytorch;
  if (order === undefined) return { shape, data };
  return { shape: order.map((axis) => shape[axis]!), data: permute(data, shape, order) };
};

const fromPyTorch = (weight: string, { shape, data }: NamedArray): StateArray => {
  const values = data instanceof Float32Array ? data : Float32Array.from(data, Number);
  const order = kernelAxes(shape.length, parameterOf(weight))?.tfjs;
  if (order === undefined) return { shape, data: new Float32Array(values) };
  return { shape: order.map((axis) => shape[axis]!), data: permute(values, shape, order) };
};

/**
 * Returns the optimizers of a trainer as `.pth` files, for `torch.optim.Adam.load_state_dict`.
 *
 * @param state the result of `trainer.state()`, of a `CycleGANTrainer`, `Pix2PixTrainer` or `CUTTrainer` in the convention `pytorch`
 * @returns the content of the file of each optimizer, in parts. Parameters that were never trained have no state
 * @throws CycleGANError `UNSUPPORTED` for other algorithms and conventions
 * @see [Interchange](../../docs/interchange.md#continue-training-in-pytorch-and-return)
 */
export function exportOptimizers(state: OptimizedState): ByOptimizer<Uint8Array[]> {
  const optimizers = checkedOptimizers('exportOptimizers', state);
  const { beta1, beta2, epsilon, learningRate } = state.algorithm.options;
  const files = Object.entries(optimizers).map(([name, { networks, group }]) => {
    const parameters = parametersOf(state, networks).map(({ network, weight }) => {
      const own = state.trained[network]?.optimizer[weight];
      if (own === undefined) return undefined;
      const { steps, slots } = own;
      return { steps, m: inPyTorch(weight, slots.m!), v: inPyTorch(weight, slots.v!) };
    });
    const rate = (learningRate as Record<string, number>)[group]!;
    const options = {
      rate: rate * state.schedule.factor,
      initialRate: rate,
      betas: [beta1, beta2] as number[],
      epsilon: (epsilon ?? 1e-8) as number,
    };
    return [name, encodeAdam(parameters, options)] as const;
  });
  return Object.fromEntries(files) as ByOptimizer<Uint8Array[]>;
}

/**
 * Returns the state of a trainer with the optimizers of `.pth` files, as `torch.save(optimizer.state_dict(), path)` writes them.
 * `trainer.restore` resumes from it. The weights come from `importModel`.
 *
 * The count of steps becomes that of the optimizers if it is higher. Schedules continue from it, or from the option `epoch`. A new
 * epoch begins, and gradients that were accumulated are dropped.
 *
 * @param state the result of `trainer.state()`, of a `CycleGANTrainer`, `Pix2PixTrainer` or `CUTTrainer` in the convention `pytorch`
 * @param files the content of the file of each optimizer
 * @throws CycleGANError `INVALID_DATA` for files that cannot be read, `INVALID_STATE` for optimizers of other networks or with
 * options that this library does not have, `UNSUPPORTED` for other algorithms and conventions, `INVALID_ARGUMENT` for a missing
 * file, `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @see [Interchange](../../docs/interchange.md#continue-training-in-pytorch-and-return)
 */
export function importOptimizers<State extends OptimizedState>(
  state: State,
  files: Readonly<ByOptimizer<Uint8Array>>,
  options: ImportOptimizersOptions = {},
): State {
  const where = 'importOptimizers';
  const { epoch = state.epoch } = resolveOptions(where, entries, options);
  const optimizers = checkedOptimizers(where, state);
  const trained = { ...state.trained };
  let { step } = state;
  let factor: number | undefined;
  for (const [name, { networks }] of Object.entries(optimizers)) {
    const file = files[name as OptimizerName];
    if (file === undefined) {
      const names = Object.keys(optimizers).join(', ');
      throw new CycleGANError(
        'INVALID_ARGUMENT',
        `${where}: the algorithm ${show(state.algorithm.name)} has the optimizers ${names}, but the file of ${name} is missing.`,
      );
    }
    checkBytes(where, `the file of ${name}`, file);
    const parameters = parametersOf(state, networks);
    const found = readAdam(where, name, file, parameters.length);
    factor ??= found.factor;
    for (const network of networks) {
      trained[network] = { optimizer: {}, accumulated: { steps: 0, sums: {} } };
    }
    for (const [i, { network, weight }] of parameters.entries()) {
      const own = found.parameters[i];
      if (own === undefined) continue;
      const slots = { m: fromPyTorch(weight, own.m), v: fromPyTorch(weight, own.v) };
      const want = state.networks[network]![weight]!.shape;
      for (const slot of Object.values(slots)) {
        if (String(slot.shape) === String(want)) continue;
        const shown = inPyTorch(weight, state.networks[network]![weight]!).shape;
        throw new CycleGANError(
          'INVALID_STATE',
          `${where}: parameter ${i} of ${show(name)}, ${show(weight)} of ${network}, must have shape ${show(shown)}, got ${show(own.m.shape)}. Is the model of the same architecture?`,
        );
      }
      trained[network]!.optimizer[weight] = { steps: own.steps, slots };
      step = Math.max(step, own.steps);
    }
  }
  return { ...state, epoch, step, trained, schedule: moved(state.schedule, factor), running: null };
}

/**
 * A schedule at another place. Without its plan, `trainer.restore` computes its state from the epochs or steps. A plateau depends
 * on losses, and keeps its state.
 */
function moved({ plan, ...schedule }: OptimizedState['schedule'], factor = schedule.factor) {
  const isComputed = plan !== undefined && schedule.plateau === undefined;
  return isComputed ? { ...schedule, factor } : { ...schedule, ...(plan !== undefined && { plan }) };
}
