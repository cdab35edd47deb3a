/** What is more than one operation: layers, scopes, gradients of one's own, values of another backend. */
import { type Drawing } from '../drawing.js';
import { json, type Operation, type Operations } from './operation.js';

const constant = (value: number): string => `tf.initializers.constant({ value: ${value} })`;

/** Layers whose weights are the same number everywhere. */
const layer: Operation = {
  draw(d) {
    const kernel = `kernelInitializer: ${constant(d.pick([1, -0.5, 0.25]))}`;
    const activation = `activation: '${d.pick(['linear', 'relu', 'tanh', 'sigmoid', 'elu', 'softplus', 'softsign'])}'`;
    const bias = `useBias: ${d.chance(0.5)}, biasInitializer: ${constant(d.pick([0.5, -1]))}`;
    const padding = `padding: '${d.pick(['same', 'valid'])}'`;
    const [rank, code] = d.pick<[number, string]>([
      [2, `dense({ units: ${d.between(1, 4)}, ${kernel}, ${bias}, ${activation} })`],
      [3, `conv1d({ filters: 2, kernelSize: 2, ${kernel}, ${bias}, ${padding} })`],
      [3, `simpleRNN({ units: 2, ${kernel}, recurrentInitializer: ${constant(0.25)} })`],
      [
        3,
        `lstm({ units: 2, ${kernel}, recurrentInitializer: ${constant(0.25)}, returnSequences: ${d.chance(0.5)} })`,
      ],
      [3, `gru({ units: 2, ${kernel}, recurrentInitializer: ${constant(0.25)} })`],
      [4, `conv2d({ filters: 3, kernelSize: ${d.between(1, 3)}, strides: ${d.between(1, 2)}, ${kernel}, ${bias}, ${activation}, ${padding} })`], // prettier-ignore
      [4, `conv2dTranspose({ filters: 2, kernelSize: 3, strides: ${d.between(1, 2)}, ${kernel}, ${bias}, ${padding} })`], // prettier-ignore
      [4, `separableConv2d({ filters: 2, kernelSize: 2, depthwiseInitializer: ${constant(0.5)}, pointwiseInitializer: ${constant(-1)}, ${padding} })`], // prettier-ignore
      [4, `depthwiseConv2d({ kernelSize: 2, depthwiseInitializer: ${constant(0.5)}, ${padding} })`],
      [4, `upSampling2d({ size: [2, ${d.between(1, 3)}] })`],
      [4, `zeroPadding2d({ padding: [[1, 0], [0, 2]] })`],
      [4, `averagePooling2d({ poolSize: 2, strides: ${d.between(1, 2)}, ${padding} })`],
      [4, d.pick(['globalAveragePooling2d({})', 'globalMaxPooling2d({})', 'flatten()'])],
      [d.between(2, 4), `batchNormalization({ gammaInitializer: ${constant(0.5)} })`],
      [
        d.between(2, 4),
        d.pick(['softmax()', 'leakyReLU()', 'elu()', 'thresholdedReLU()', 'layerNormalization()']),
      ],
      [3, 'permute({ dims: [2, 1] })'],
    ]);
    const x = d.tensor({ types: ['float32'], ranks: [rank], least: 1 });
    return { code: `tf.layers.${code}.apply(${x.name})`, exact: false };
  },
};

/** The gradient is another than tfjs would have. */
const customGrad: Operation = {
  smooth: true,
  draw(d) {
    const x = d.tensor({ types: ['float32'] });
    const value = d.pick(['tf.square(x)', 'tf.clone(x)', 'tf.sigmoid(x)', 'tf.neg(x)']);
    const gradient = d.pick([
      'tf.mul(dy, saved[0])',
      'dy',
      'tf.zerosLike(dy)',
      'tf.add(dy, tf.square(saved[0]))',
    ]);
    return {
      code: `tf.customGrad((x, save) => { save([x]); return { value: ${value}, gradFunc: (dy, saved) => ${gradient} }; })(${x.name})`,
      exact: false,
    };
  },
};

/** What of a first gradient depends on the input, derived again. */
const gradOfGrad: Operation = {
  draw(d) {
    const x = d.tensor({ types: ['float32'], least: 1 });
    const f = d.pick([
      'tf.mul(x, tf.square(x))',
      'tf.mul(x, tf.sigmoid(x))',
      'tf.exp(tf.mul(x, 0.25))',
      'tf.mul(tf.sum(x, 0, true), tf.square(x))',
      'tf.mul(tf.tanh(x), x)',
      'tf.div(x, tf.add(tf.square(x), 1))',
      'tf.square(tf.mean(x))',
      'tf.log(tf.add(tf.square(x), 0.5))',
      'tf.square(tf.relu(x))',
      'tf.matMul(tf.reshape(x, [1, -1]), tf.reshape(tf.square(x), [-1, 1]))',
    ]);
    return { code: `tf.grad((x) => tf.square(tf.grad((x) => ${f})(x)))(${x.name})`, exact: false };
  },
};

const inTidy: Operation = {
  draw(d) {
    const x = d.tensor({ types: ['float32', 'int32'] });
    const body = d.pick([
      `const y = tf.add(${x.name}, ${x.name}); tf.neg(y); return y;`,
      `const y = tf.neg(${x.name}); const z = tf.clone(y); y.dispose(); return z;`,
      `return ${x.name}.clone();`,
      `const y = tf.keep(tf.neg(${x.name})); const z = tf.sub(y, ${x.name}); y.dispose(); return z;`,
      `tf.tidy(() => tf.square(${x.name})).dataSync(); return tf.reshape(${x.name}, [-1]);`,
    ]);
    return { code: `tf.tidy(() => { ${body} })`, exact: x.exact };
  },
};

const onCpu: Operation = {
  draw(d) {
    const x = d.tensor({ types: ['float32', 'int32', 'bool', 'string'] });
    const { dtype } = x.tensor;
    const code =
      dtype === 'float32' || dtype === 'int32'
        ? d.pick(['tf.neg', 'tf.square', 'tf.clone'])
        : dtype === 'bool' ? 'tf.logicalNot' : 'tf.clone'; // prettier-ignore
    return { code: `elsewhere(() => ${code}(${x.name}))`, exact: x.exact };
  },
};

const made: Operation = {
  draw: (d: Drawing) => ({
    code: d.pick([
      `tf.eye(${d.between(1, 4)}, ${d.between(1, 4)})`,
      `tf.range(${d.between(-3, 0)}, ${d.between(1, 5)}, ${d.pick([1, 2, 0.5])})`,
      `tf.linspace(0, ${d.between(1, 4)}, ${d.between(1, 5)})`,
      `tf.oneHot(${json(Array.from({ length: d.between(1, 3) }, () => d.between(0, 3)))}, 4)`,
    ]),
    exact: false,
  }),
};

export const scopes: Operations = [
  layer, layer, layer, customGrad, customGrad, gradOfGrad, gradOfGrad, inTidy, inTidy, onCpu, onCpu, made,
]; // prettier-ignore
