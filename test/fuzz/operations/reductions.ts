/** Operations that add up or choose: reductions, products of matrices, norms. */
import { type Drawing, type Known, type Type } from '../drawing.js';
import { broadcasting } from './elementwise.js';
import { json, type Operation, type Operations } from './operation.js';

const numeric: readonly Type[] = ['float32', 'int32', 'bool'];

function axesOf(d: Drawing, { tensor }: Known): string {
  const axes = tensor.shape.map((_, axis) => (d.chance(0.3) ? axis - tensor.rank : axis));
  return d.chance(0.2)
    ? 'undefined'
    : d.chance(0.2) && axes.length > 0
      ? String(d.pick(axes))
      : json(axes.filter(() => d.chance(0.5)));
}

const reduction = (
  name: string,
  types: readonly Type[],
  exact: boolean,
  smooth = false,
  jumps = false,
): Operation => ({
  smooth,
  draw(d) {
    const x = d.tensor({ types, ranks: [0, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6], exact: jumps });
    return { code: `tf.${name}(${x.name}, ${axesOf(d, x)}, ${d.chance(0.5)})`, exact: exact && x.exact };
  },
});

const argument: Operation = {
  draw(d) {
    const x = d.tensor({ ranks: [1, 2, 3, 4], exact: true, least: 1 });
    return {
      code: `tf.${d.pick(['argMax', 'argMin'])}(${x.name}, ${d.between(-x.tensor.rank, x.tensor.rank - 1)})`,
      exact: true,
    };
  },
};

const cumulative: Operation = {
  draw(d) {
    const isProduct = d.chance(0.3);
    const x = d.tensor({ types: isProduct ? ['float32', 'int32'] : numeric, ranks: [1, 2, 3] });
    const axis = d.between(-x.tensor.rank, x.tensor.rank - 1);
    return {
      code: `tf.${isProduct ? 'cumprod' : 'cumsum'}(${x.name}, ${axis}, ${d.chance(0.5)}, ${d.chance(0.5)})`,
      exact: x.exact,
    };
  },
};

const matMul: Operation = {
  smooth: true,
  draw(d) {
    const a = d.tensor({ types: ['float32'], ranks: [2, 3, 4] });
    const [transposeA, transposeB] = [d.chance(0.3), d.chance(0.3)];
    const { shape } = a.tensor;
    const inner = shape.at(transposeA ? -2 : -1)!;
    const sides = transposeB ? [d.size(), inner] : [inner, d.size()];
    const batch = shape.slice(0, -2);
    const b = d.tensor({ types: ['float32'], shape: d.chance(0.3) ? sides : [...batch, ...sides] });
    const exact = a.exact && b.exact;
    return { code: `tf.matMul(${a.name}, ${b.name}, ${transposeA}, ${transposeB})`, exact };
  },
};

const fusedMatMul: Operation = {
  smooth: true,
  draw(d) {
    const [m, k, n] = [d.size(), d.size(), d.size()];
    const a = d.tensor({ types: ['float32'], shape: [m, k] });
    const b = d.tensor({ types: ['float32'], shape: [k, n] });
    const bias = d.chance(0.6)
      ? d.tensor({ types: ['float32'], shape: d.pick([[n], [1, n], [1], [m, n]]) })
      : undefined;
    const activation = d.pick(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'prelu', 'leakyrelu']);
    const alpha =
      activation === 'prelu'
        ? d.tensor({ types: ['float32'], shape: d.pick([[n], [1, n], [1, 1], [m, 1]]) })
        : undefined;
    const options = [
      `a: ${a.name}`,
      `b: ${b.name}`,
      `activation: '${activation}'`,
      ...(activation === 'leakyrelu' ? ['leakyreluAlpha: 0.25'] : []),
      ...(bias ? [`bias: ${bias.name}`] : []),
      ...(alpha ? [`preluActivationWeights: ${alpha.name}`] : []),
    ];
    return { code: `tf.fused.matMul({ ${options.join(', ')} })`, exact: false };
  },
};

const einsum: Operation = {
  smooth: true,
  draw(d) {
    const [i, j, k] = [d.size(), d.size(), d.size()];
    const [equation, ...sides] = d.pick<[string, ...number[][]]>([
      ['ij,jk->ik', [i, j], [j, k]],
      ['ij,jk->ki', [i, j], [j, k]],
      ['ijk,jk->i', [i, j, k], [j, k]],
      ['ij->j', [i, j]],
      ['ij,ij->', [i, j], [i, j]],
      ['i,j->ji', [i], [j]],
      ['bij,bjk->bik', [2, i, j], [2, j, k]],
      ['bijc,bkjc->bikc', [2, i, j, 3], [2, k, j, 3]],
    ]);
    const factors = sides.map((shape) => d.tensor({ types: ['float32'], shape }));
    return {
      code: `tf.einsum('${equation}', ${factors.map(({ name }) => name).join(', ')})`,
      exact: factors.every(({ exact }) => exact),
    };
  },
};

const dot: Operation = {
  smooth: true,
  draw(d) {
    const a = d.tensor({ types: ['float32'], ranks: [1] });
    const b = d.tensor({ types: ['float32'], shape: a.tensor.shape });
    return {
      code: d.pick([`tf.dot(${a.name}, ${b.name})`, `tf.outerProduct(${a.name}, ${b.name})`]),
      exact: a.exact && b.exact,
    };
  },
};

const moments: Operation = {
  draw(d) {
    const x = d.tensor({ types: ['float32'], ranks: [1, 2, 3, 4], least: 1 });
    return {
      code: `Object.values(tf.moments(${x.name}, ${axesOf(d, x)}, ${d.chance(0.5)}))`,
      exact: false,
      count: 2,
    };
  },
};

const batchNorm: Operation = {
  smooth: true,
  draw(d) {
    const x = d.tensor({ types: ['float32'], ranks: [2, 3, 4], least: 1 });
    const perChannel = { types: ['float32'] as const, shape: x.tensor.shape.slice(-1) };
    const [mean, variance, offset, scale] = [0, 1, 2, 3].map(() => d.tensor(perChannel).name);
    const others = d.chance(0.7) ? `${offset}, ${scale}` : 'undefined, undefined';
    return { code: `tf.batchNorm(${x.name}, ${mean}, tf.square(${variance}), ${others}, 0.5)`, exact: false };
  },
};

const softmax: Operation = {
  smooth: true,
  draw(d) {
    const x = d.tensor({ types: ['float32'], ranks: [1, 2, 3, 4], least: 1 });
    return { code: `tf.${d.pick(['softmax', 'logSoftmax'])}(${x.name})`, exact: false };
  },
};

const lrn: Operation = {
  smooth: true,
  draw(d) {
    const x = d.tensor({ types: ['float32'], ranks: [3, 4], least: 1 });
    return {
      code: `tf.localResponseNormalization(${x.name}, ${d.between(1, 3)}, 1, 0.5, 0.75)`,
      exact: false,
    };
  },
};

const topK: Operation = {
  draw(d) {
    const x = d.tensor({ types: ['float32', 'int32'], ranks: [1, 2, 3], exact: true, least: 1 });
    return {
      code: `Object.values(tf.topk(${x.name}, ${d.between(1, x.tensor.shape.at(-1)!)}))`,
      exact: true,
      count: 2,
    };
  },
};

const losses: Operation = {
  smooth: true,
  draw(d) {
    const a = d.tensor({ types: ['float32'], least: 1 });
    const b = broadcasting(d, a, ['float32']);
    return { code: `tf.mean(tf.abs(tf.sub(${a.name}, ${b.name})))`, exact: false };
  },
};

const counted: Operation = {
  draw(d) {
    const x = d.tensor({ types: ['int32'], ranks: [1], least: 1 });
    const code = d.pick([
      `tf.bincount(tf.abs(${x.name}), [], 6)`,
      `tf.denseBincount(tf.abs(${x.name}), [], 6, ${d.chance(0.5)})`,
      `tf.lowerBound([-2, 0, 1, 4], ${x.name})`,
      `tf.upperBound([-2, 0, 1, 4], ${x.name})`,
    ]);
    return { code, exact: false };
  },
};

const norm: Operation = {
  draw(d) {
    const x = d.tensor({ types: ['float32'], ranks: [1, 2], least: 1 });
    return { code: `tf.norm(${x.name}, ${d.pick(["'euclidean'", '1', 'Infinity'])}, ${d.pick([0, -1])}, ${d.chance(0.5)})`, exact: false }; // prettier-ignore
  },
};

const ofLabels: Operation = {
  draw(d) {
    const a = d.tensor({ types: ['float32'], ranks: [1, 2, 3], least: 1 });
    const b = d.tensor({ types: ['float32'], shape: a.tensor.shape });
    const name = d.pick(
      'absoluteDifference meanSquaredError huberLoss hingeLoss sigmoidCrossEntropy'.split(' '),
    );
    return { code: `tf.losses.${name}(${a.name}, ${b.name})`, exact: false };
  },
};

export const reductions: Operations = [
  reduction('sum', numeric, true, true),
  reduction('sum', numeric, true, true),
  reduction('mean', numeric, false, true),
  reduction('prod', ['float32', 'int32', 'bool'], true),
  reduction('max', numeric, true),
  reduction('min', numeric, true),
  reduction('all', ['bool'], true),
  reduction('any', ['bool'], true),
  reduction('logSumExp', ['float32'], false, true),
  argument,
  cumulative,
  matMul,
  matMul,
  fusedMatMul,
  einsum,
  dot,
  moments,
  batchNorm,
  softmax,
  lrn,
  topK,
  losses,
  counted,
  norm,
  ofLabels,
];
