/**
 * One contract for all layers: what a class must do to be used, trained, saved and loaded like a
 * layer of tfjs itself. What a layer computes is tested beside it.
 */
import * as tf from '@tensorflow/tfjs';
import { registerLayers } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { finiteDifferences, scattered } from './finite-differences.js';
import { withoutLeaks } from './leaks.js';

type Layer = tf.layers.Layer;

export interface LayerContract<Args> {
  /** Sets of options, by what they are to show. */
  cases: Record<string, Args>;
  /** Whether gradients are checked as in training. Not where every pass draws its own masks. */
  training?: boolean;
  /** Options that are refused, and the whole message. */
  refused: [args: object, message: string][];
}

/** An input without numbers close to 0, where some layers have no derivative. */
const example = (): tf.Tensor4D =>
  tf.tidy(() => {
    const x = scattered([2, 4, 5, 3], 3);
    return tf.add<tf.Tensor4D>(x, tf.mul(0.1, tf.sign(x)));
  });

/** Weights that are not the initial ones, so that forgetting them shows; none negative, for variances. */
function moveWeights(layer: Layer): void {
  tf.tidy(() => {
    layer.setWeights(layer.getWeights().map((w, i) => tf.add(1.5, tf.mul(0.5, scattered(w.shape, 7 + i)))));
  });
}

/** A convolution, the layer, and the largest number of every channel (the mean of a normalised one is fixed). */
function smallModel(layer: Layer): tf.LayersModel {
  const input = tf.input({ shape: [null, null, 3] });
  const kernelInitializer = tf.initializers.randomNormal({ seed: 5 });
  const conv = tf.layers.conv2d({ filters: 3, kernelSize: 1, name: 'conv', kernelInitializer });
  const y = layer.apply(conv.apply(input)) as tf.SymbolicTensor;
  return tf.model({
    inputs: input,
    outputs: tf.layers.globalMaxPooling2d({}).apply(y) as tf.SymbolicTensor,
  });
}

/** The trainable weights, as `tf.variableGrads` wants them. */
const variablesOf = (layer: Layer): tf.Variable[] =>
  layer.trainableWeights.map((w) => w.read()).filter((w): w is tf.Variable => w instanceof tf.Variable);

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export function describeLayer<Args extends object>(
  Class: { className: string; new (args?: Args): Layer },
  { cases, training = true, refused }: LayerContract<Args>,
): void {
  describe.each(Object.entries(cases))(`${Class.className} as a layer, %s:`, (_, args) => {
    const make = () => new Class(args);
    const built = () => {
      const layer = make();
      layer.apply(tf.input({ shape: [null, null, 3] }));
      return layer;
    };
    const outputOf = (layer: Layer, x: tf.Tensor) => layer.apply(x) as tf.Tensor;

    it('gives float32 of the shape that it announces, for known and open sizes', () =>
      withoutLeaks(() => {
        const [layer, x] = [make(), example()];
        const y = outputOf(layer, x);
        expect(y.dtype).toBe('float32');
        expect(layer.computeOutputShape(x.shape)).toEqual(y.shape);
        const open = layer.computeOutputShape([null, null, null, 3]);
        expect(open).toEqual([null, null, null, y.shape[3]]);
        const symbolic = make();
        expect((symbolic.apply(tf.input({ shape: [4, 5, 3] })) as tf.SymbolicTensor).shape).toEqual([
          null,
          ...y.shape.slice(1),
        ]);
        layer.dispose();
        symbolic.dispose();
        tf.dispose([x, y]);
      }));

    it('comes back from its configuration', () =>
      withoutLeaks(async () => {
        const [layer, x] = [built(), example()];
        moveWeights(layer);
        const Config = Class as unknown as tf.serialization.SerializableConstructor<Layer>;
        const twin = tf.layers.Layer.fromConfig(Config, throughJson(layer.getConfig()));
        twin.apply(tf.input({ shape: [null, null, 3] }));
        twin.setWeights(layer.getWeights());
        expect(twin.getConfig()).toEqual(layer.getConfig());
        const [y, again] = [outputOf(layer, x), outputOf(twin, x)];
        expect(await again.data()).toEqual(await y.data());
        layer.dispose();
        twin.dispose();
        tf.dispose([x, y, again]);
      }));

    it('is saved and loaded within a model', () =>
      withoutLeaks(async () => {
        registerLayers();
        const [model, x] = [smallModel(make()), example()];
        moveWeights(model.layers[2]!);
        let saved: tf.io.ModelArtifacts | undefined;
        await model.save(
          tf.io.withSaveHandler((artifacts) => {
            saved = throughJsonExceptWeights(artifacts);
            return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
          }),
        );
        const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
        const [y, again] = [model.predict(x) as tf.Tensor, loaded.predict(x) as tf.Tensor];
        expect(await again.data()).toEqual(await y.data());
        model.dispose();
        loaded.dispose();
        tf.dispose([x, y, again]);
      }));

    it('has the gradients that finite differences show', () =>
      withoutLeaks(async () => {
        const [layer, x] = [built(), tf.tidy(() => tf.variable(example()))];
        moveWeights(layer);
        const r = scattered(layer.computeOutputShape(x.shape) as number[], 9);
        const loss = () => tf.sum(tf.mul(r, layer.apply(x, { training }) as tf.Tensor));
        const variables = [x, ...variablesOf(layer)];
        const { value, grads } = tf.variableGrads(loss as () => tf.Scalar, variables);
        for (const variable of variables) {
          const before = variable.clone();
          const truth = await finiteDifferences((moved) => (variable.assign(moved), loss()), before);
          variable.assign(before);
          before.dispose();
          const scale = Math.max(...truth.map(Math.abs));
          expect(await grads[variable.name]!.data()).toBeAllClose(truth, { rtol: 0, atol: 3e-3 * scale });
        }
        layer.dispose();
        tf.dispose([x, r, value, grads]);
      }));

    it('trains within a model', () =>
      withoutLeaks(async () => {
        const [layer, x] = [make(), example()];
        const model = smallModel(layer);
        const want = scattered([2, 3], 11);
        model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
        const valuesOf = () =>
          Promise.all(model.trainableWeights.map(async (w) => [...(await w.read().data())]));
        const before = await valuesOf();
        const { history } = await model.fit(x, want, { epochs: 1, batchSize: 2 });
        expect(history.loss![0]).toBeGreaterThan(0);
        const after = await valuesOf();
        const own = model.getLayer('conv').trainableWeights.length;
        // A normalisation layer takes the convolution's bias away: its kernel and what is the layer's own must move.
        for (const i of [0, ...after.keys()].filter((i) => i === 0 || i >= own)) {
          expect(after[i]).not.toEqual(before[i]);
          expect(after[i]!.every(Number.isFinite)).toBe(true);
        }
        model.dispose();
        tf.dispose([x, want]);
      }));

    it('takes images only', () => {
      const layer = make();
      if ((layer.inputSpec as unknown) == null) return; // any shape
      expect(() => layer.apply(tf.input({ shape: [3] }))).toThrow(
        new Error(`Input 0 is incompatible with layer ${layer.name}: expected ndim=4, found ndim=2`),
      );
    });
  });

  it.each(refused)(`${Class.className} refuses %o`, (args, message) =>
    withoutLeaks(() => {
      expect(() => new Class(args as Args)).toThrow(
        expect.objectContaining({ name: 'CycleGANError', message }),
      );
    }),
  );
}

/** What a file would give back: everything but the weights as JSON. */
const throughJsonExceptWeights = (artifacts: tf.io.ModelArtifacts): tf.io.ModelArtifacts => ({
  ...throughJson({ ...artifacts, weightData: undefined }),
  weightData: artifacts.weightData!,
});
