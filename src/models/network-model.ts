/** The base class of all models: named networks, which the model owns or which were given to it. */
import { LayersModel } from '@tensorflow/tfjs-layers';
import { CycleGANError } from '../core/errors.js';
import { resolveOptions } from '../core/options.js';
import { twoCopies } from '../core/two-copies.js';
import { disposeNetwork } from '../layers/networks.js';

/** The class of a model, `'CycleGAN'` for example, without loading the class; undefined for other values. */
export const classOf = (model: unknown): string | undefined =>
  model instanceof NetworkModel ? NetworkModel.titleOf(model as NetworkModel<object>) : undefined;

/** The base class of models. */
export abstract class NetworkModel<Networks extends object = Record<string, LayersModel>> {
  /** All networks of the model by name. */
  readonly networks: Readonly<Networks>;
  readonly #title: string;
  /** Whether `dispose` disposes of the networks. Given networks are not disposed. */
  #owned: boolean;
  #disposed = false;

  protected constructor(title: string, networks: Networks, owned: boolean) {
    this.#title = title;
    this.networks = Object.freeze({ ...networks });
    this.#owned = owned;
  }

  /** @internal */
  static titleOf(model: NetworkModel<object>): string {
    return model.#title;
  }

  /** Prints the layers of all networks. */
  summary(lineLength?: number, positions?: number[], print?: (line: string) => void): void {
    this.checkAlive('summary');
    for (const network of this.#all()) network.summary(lineLength, positions, print);
  }

  /** Whether `dispose` has been called. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** Frees the networks that this model has built or loaded. It may be called more than once. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#owned) this.#all().forEach(disposeNetwork);
  }

  /** `using model = …` disposes of the model at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @throws CycleGANError `DISPOSED` */
  protected checkAlive(method: string): void {
    if (this.#disposed) {
      throw new CycleGANError(
        'DISPOSED',
        `${this.#title}.${method}: the model has been disposed. Build or load a new one.`,
      );
    }
  }

  /** Takes ownership of the networks. */
  protected own(): void {
    this.#owned = true;
  }

  #all(): LayersModel[] {
    return Object.values(this.networks) as LayersModel[];
  }
}

/** Whether a value is a network, possibly of another copy of TensorFlow.js. */
export const isNetwork = (value: unknown): boolean =>
  Array.isArray((value as LayersModel | undefined)?.inputs);

/**
 * Checks options that contain networks.
 *
 * @param names the options that are networks
 * @throws CycleGANError `UNSUPPORTED` for networks of another copy of TensorFlow.js, and as `resolveOptions`
 */
export function resolveOwnNetworks<T>(
  where: string,
  entries: Parameters<typeof resolveOptions>[1],
  names: readonly (keyof T & string)[],
  options: unknown,
): T {
  const own = resolveOptions(where, entries, options) as T;
  const foreign = names.find((name) => own[name] !== undefined && !(own[name] instanceof LayersModel));
  if (foreign !== undefined) throw twoCopies(where, `${foreign} is a model`);
  return own;
}

/** Builds networks one after another. If one fails, the earlier ones are disposed. */
export function buildAll<Name extends string>(
  names: readonly Name[],
  build: (name: Name) => LayersModel,
  check: (networks: Record<Name, LayersModel>) => void = () => undefined,
): Record<Name, LayersModel> {
  const networks: Partial<Record<Name, LayersModel>> = {};
  try {
    for (const name of names) networks[name] = build(name);
    check(networks as Record<Name, LayersModel>);
    return networks as Record<Name, LayersModel>;
  } catch (error) {
    for (const network of Object.values<LayersModel | undefined>(networks)) disposeNetwork(network!);
    throw error;
  }
}
