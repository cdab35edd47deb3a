/** Operations element by element, with one, two or more inputs that broadcast. */
import { type Drawing, type Known, type Type } from '../drawing.js';
import { type Operation, type Operations } from './operation.js';

/** Functions that round: what comes out is not exact. */
const roundingFunctions =
  'sin cos sigmoid tanh softplus erf sinh cosh asinh atan exp expm1 selu elu logSigmoid softmax'.split(' ');
/** The same, of what is above 0: their inputs are squared and get a quarter. */
const ofPositive = 'sqrt rsqrt log log1p reciprocal'.split(' ');
const exactFunctions = 'abs neg relu relu6 square leakyRelu'.split(' ');
/** These jump. */
const jumping = 'floor ceil round sign step isNaN isFinite isInf'.split(' ');

const unary = (
  names: readonly string[],
  exact: boolean,
  smooth: boolean,
  wrap = (x: string) => x,
): Operation => ({
  smooth,
  draw(d) {
    const name = d.pick(names);
    const x = d.tensor({ types: ['float32'], exact: !smooth });
    const argument = name === 'leakyRelu' ? ', 0.25' : '';
    return { code: `tf.${name}(${wrap(x.name)}${argument})`, exact: exact && x.exact };
  },
});

/** A tensor whose shape broadcasts with that of another: with axes of 1, or of a lower rank. */
export function broadcasting(d: Drawing, { tensor }: Known, types: readonly Type[], exact = false): Known {
  const { shape } = tensor;
  if (d.chance(0.4)) return d.tensor({ types, shape, exact });
  const cut = shape.slice(d.random.index(shape.length + 1));
  return d.tensor({ types, shape: cut.map((size) => (d.chance(0.4) ? 1 : size)), exact });
}

/** Either input may be the one that broadcasts. */
function pair(d: Drawing, types: readonly Type[], exact = false): [Known, Known] {
  const a = d.tensor({ types, exact });
  const b = broadcasting(d, a, [a.tensor.dtype], exact);
  return d.chance(0.5) ? [a, b] : [b, a];
}

const binary = (
  names: readonly string[],
  { types = ['float32'] as readonly Type[], exact = true, smooth = false, jumps = false } = {},
): Operation => ({
  smooth,
  draw(d) {
    const [a, b] = pair(d, types, jumps);
    return { code: `tf.${d.pick(names)}(${a.name}, ${b.name})`, exact: exact && a.exact && b.exact };
  },
});

const fraction: Operation = {
  smooth: true,
  draw(d) {
    const [a, b] = pair(d, ['float32']);
    const over = `tf.add(tf.square(${b.name}), 0.5)`;
    const code = d.pick([
      `tf.div(${a.name}, ${over})`,
      `tf.pow(${over}, ${a.name})`,
      `tf.atan2(${a.name}, ${over})`,
    ]);
    return { code, exact: false };
  },
};

const withNumber: Operation = {
  smooth: true,
  draw(d) {
    const x = d.tensor({ types: ['float32'] });
    const value = d.pick([0, 1, -1, 0.5, 2]);
    const name = d.pick(['add', 'sub', 'mul', 'maximum', 'minimum']);
    const [a, b] = d.chance(0.7) ? [x.name, String(value)] : [String(value), x.name];
    return { code: `tf.${name}(${a}, ${b})`, exact: x.exact };
  },
};

const division: Operation = {
  draw(d) {
    const [a, b] = pair(d, ['float32', 'int32'], true);
    const divisor =
      a.tensor.dtype === 'int32'
        ? `tf.add(tf.abs(${b.name}), tf.scalar(1, 'int32'))`
        : `tf.add(tf.square(${b.name}), 0.5)`;
    return { code: `tf.${d.pick(['mod', 'floorDiv'])}(${a.name}, ${divisor})`, exact: false };
  },
};

const where: Operation = {
  draw(d) {
    const t = d.tensor({});
    const dtype = t.tensor.dtype;
    const e = broadcasting(d, t, [dtype]);
    const condition = d.chance(0.3)
      ? d.tensor({ types: ['bool'], shape: t.tensor.shape.slice(0, 1) })
      : broadcasting(d, t, ['bool']);
    return { code: `tf.where(${condition.name}, ${t.name}, ${e.name})`, exact: t.exact && e.exact };
  },
};

const prelu: Operation = {
  smooth: true,
  draw(d) {
    const [x, alpha] = pair(d, ['float32']);
    return { code: `tf.prelu(${x.name}, ${alpha.name})`, exact: x.exact && alpha.exact };
  },
};

const addN: Operation = {
  smooth: true,
  draw(d) {
    const x = d.tensor({ types: ['float32', 'int32'] });
    const more = Array.from({ length: d.between(0, 3) }, () =>
      d.tensor({ types: [x.tensor.dtype], shape: x.tensor.shape }),
    );
    const all = [x, ...more];
    return {
      code: `tf.addN([${all.map(({ name }) => name).join(', ')}])`,
      exact: all.every(({ exact }) => exact),
    };
  },
};

const clip: Operation = {
  smooth: true,
  draw(d) {
    const x = d.tensor({ types: ['float32', 'int32'] });
    const least = d.between(-3, 0);
    return { code: `tf.clipByValue(${x.name}, ${least}, ${least + d.between(0, 4)})`, exact: x.exact };
  },
};

const cast: Operation = {
  draw(d) {
    const x = d.tensor({ exact: true });
    return { code: `tf.cast(${x.name}, '${d.pick(['float32', 'int32', 'bool'])}')`, exact: x.exact };
  },
};

const filledLike: Operation = {
  draw(d) {
    const x = d.tensor();
    return { code: `tf.${d.pick(['zerosLike', 'onesLike', 'clone'])}(${x.name})`, exact: x.exact };
  },
};

const integers: readonly Type[] = ['int32'];

export const elementwise: Operations = [
  unary(roundingFunctions, false, true),
  unary(roundingFunctions, false, true),
  unary(ofPositive, false, true, (x) => `tf.add(tf.square(${x}), 0.25)`),
  unary(['asin', 'acos', 'atanh', 'tan'], false, false, (x) => `tf.clipByValue(${x}, -0.75, 0.75)`),
  unary(['acosh'], false, false, (x) => `tf.add(tf.square(${x}), 1.5)`),
  unary(exactFunctions, true, true),
  unary(jumping, true, false),
  binary(['add', 'sub', 'mul'], { types: ['float32', 'float32', 'int32'], smooth: true }),
  binary(['add', 'sub', 'mul'], { types: ['float32', 'float32', 'int32'], smooth: true }),
  binary(['maximum', 'minimum', 'squaredDifference'], { types: ['float32', 'int32'] }),
  binary(['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'], {
    types: ['float32', 'int32', 'bool'],
    jumps: true,
  }),
  binary(['logicalAnd', 'logicalOr', 'logicalXor'], { types: ['bool'] }),
  binary(['bitwiseAnd'], { types: integers }),
  fraction,
  withNumber,
  division,
  where,
  prelu,
  addN,
  clip,
  cast,
  filledLike,
];
