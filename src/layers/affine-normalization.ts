/**
 * The base class of the norm layers: ε, and γ and β with their initializers, regularizers and constraints, as in
 * `tf.layers.batchNormalization`. tfjs does not export the functions that serialize these, so an internal batch normalization
 * layer, which is never built, does it.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { layers, type LayerVariable } from '@tensorflow/tfjs-layers';
import { finiteNumber, flag, optional, satisfying, withDefault } from '../core/options.js';
import { type LayerArgs, imageSpec, resolveLayerOptions, type Shape } from './layer.js';

type BuiltInArgs = NonNullable<Parameters<typeof layers.batchNormalization>[0]>;

/** The options that all norm layers have: ε, and γ and β as in `tf.layers.batchNormalization`. */
export interface AffineNormalizationArgs
  extends
    LayerArgs,
    Pick<
      BuiltInArgs,
      | 'betaInitializer'
      | 'gammaInitializer'
      | 'betaRegularizer'
      | 'gammaRegularizer'
      | 'betaConstraint'
      | 'gammaConstraint'
    > {
  /**
   * Added to the variance.
   * @default 1e-3, as in Keras (PyTorch: 1e-5)
   */
  epsilon?: number;
  /**
   * Whether to add β.
   * @default true
   */
  center?: boolean;
  /**
   * Whether to multiply by γ.
   * @default true
   */
  scale?: boolean;
  /**
   * The axis of the channels, which saved models of Keras contain. It must be the last axis.
   * @default -1
   */
  axis?: number;
}

const identifier = optional(satisfying<never>(() => true, 'an identifier or an object of tfjs'));
/** Accepts -1 and 3; some layers of Keras save the axis as an array of one value. */
const isLast = (axis: unknown): boolean =>
  [-1, 3].includes((Array.isArray(axis) && axis.length === 1 ? axis[0] : axis) as number);

const entries = {
  axis: withDefault(satisfying<number>(isLast, '-1 or 3, the axis of the channels'), -1),
  epsilon: withDefault(finiteNumber(0), 1e-3),
  center: withDefault(flag(), true),
  scale: withDefault(flag(), true),
  betaInitializer: identifier,
  gammaInitializer: identifier,
  betaRegularizer: identifier,
  gammaRegularizer: identifier,
  betaConstraint: identifier,
  gammaConstraint: identifier,
};

/** The private fields of a built-in layer that hold the settings of γ and β for `addWeight`. */
type Settings = Record<string, never>;

/** The base class of the norm layers. γ and β are vectors along the last axis. */
export abstract class AffineNormalization extends layers.Layer {
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  #builtIn: layers.Layer;
  #gamma: LayerVariable | undefined;
  #beta: LayerVariable | undefined;

  constructor(where: string, args: AffineNormalizationArgs, own = {}) {
    const { epsilon, center, scale } = resolveLayerOptions(where, { ...entries, ...own }, args);
    super(args);
    this.epsilon = epsilon;
    this.center = center;
    this.scale = scale;
    this.#builtIn = layers.batchNormalization({ ...args, axis: -1, epsilon, center, scale });
    this.supportsMasking = true;
    this.inputSpec = imageSpec();
  }

  /** Creates γ and β for the channels of `inputShape`. */
  override build(inputShape: Shape | Shape[]): void {
    const channels = (inputShape as Shape).at(-1)!;
    const add = (name: 'gamma' | 'beta') => {
      const settings = this.#builtIn as unknown as Settings;
      const [initializer, regularizer, constraint] = ['Initializer', 'Regularizer', 'Constraint'].map(
        (kind) => settings[name + kind]!,
      ) as [never, never, never];
      return this.addWeight(name, [channels], 'float32', initializer, regularizer, true, constraint);
    };
    if (this.scale) this.#gamma = add('gamma');
    if (this.center) this.#beta = add('beta');
    this.built = true;
  }

  /** γ, if the layer has one; available after `build`. */
  protected get gamma() {
    return this.#gamma?.read();
  }

  /** β, if the layer has one; available after `build`. */
  protected get beta() {
    return this.#beta?.read();
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { axis: _, momentum: __, movingMeanInitializer: ___, movingVarianceInitializer: ____, ...config } =
      this.#builtIn.getConfig(); // prettier-ignore
    return { ...config, ...super.getConfig() };
  }
}
