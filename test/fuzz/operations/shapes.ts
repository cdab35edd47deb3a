/** Operations that move elements: other shapes, parts, borders, orders, joins. */
import { type Drawing, type Known } from '../drawing.js';
import { json, type Operation, type Operations } from './operation.js';

const anyRank = [1, 2, 3, 4, 1, 2, 3, 4, 5, 6];

/** An operation on one tensor of any type that `write` writes. */
const moving = (
  write: (d: Drawing, x: Known) => string,
  ranks: readonly number[] = anyRank,
  smooth = true,
): Operation => ({
  smooth,
  draw(d) {
    const x = d.tensor({ ranks });
    return { code: write(d, x), exact: x.exact };
  },
});

/** A part of each axis: where it begins, and how long it is. */
function part(d: Drawing, shape: readonly number[]): [begin: number[], size: number[]] {
  const begin = shape.map((size) => (d.chance(0.5) ? 0 : d.between(0, Math.max(size - 1, 0))));
  return [
    begin,
    shape.map((size, i) =>
      d.chance(0.3) ? -1 : d.between(d.chance(0.05) ? 0 : Math.min(1, size - begin[i]!), size - begin[i]!),
    ),
  ];
}

const axesOf = (d: Drawing, { tensor }: Known): number[] =>
  tensor.shape.map((_, axis) => axis).filter(() => d.chance(0.5));

const borders = (d: Drawing, rank: number, most = 2): [number, number][] =>
  Array.from({ length: rank }, () => [d.between(0, most), d.between(0, most)]);

/** A shape of the same size. */
function reshaped(d: Drawing, { tensor }: Known): number[] {
  const { shape, size } = tensor;
  switch (d.random.index(4)) {
    case 0:
      return [size];
    case 1:
      return [...shape.slice(0, 1), size / (shape.at(0) ?? 1) || 1];
    case 2:
      return [...shape, 1].reverse();
    default:
      return [1, ...shape];
  }
}

const concat: Operation = {
  smooth: true,
  draw(d) {
    const x = d.tensor({ ranks: anyRank });
    const axis = d.between(-x.tensor.rank, x.tensor.rank - 1);
    const at = axis < 0 ? axis + x.tensor.rank : axis;
    const others = Array.from({ length: d.between(1, 2) }, () =>
      d.tensor({
        types: [x.tensor.dtype],
        shape: x.tensor.shape.map((size, i) => (i === at && d.chance(0.4) ? d.size() : size)),
      }),
    );
    const all = [x, ...others];
    return {
      code: `tf.concat([${all.map(({ name }) => name).join(', ')}], ${axis})`,
      exact: all.every(({ exact }) => exact),
    };
  },
};

const stack: Operation = {
  smooth: true,
  draw(d) {
    const x = d.tensor({ ranks: [0, 1, 2, 3] });
    const other = d.tensor({ types: [x.tensor.dtype], shape: x.tensor.shape });
    return {
      code: `tf.stack([${x.name}, ${other.name}], ${d.between(-x.tensor.rank - 1, x.tensor.rank)})`,
      exact: x.exact && other.exact,
    };
  },
};

const several = (draw: (d: Drawing, x: Known) => { code: string; count: number }): Operation => ({
  draw(d) {
    const x = d.tensor({ ranks: [1, 2, 3], least: 1 });
    return { ...draw(d, x), exact: x.exact };
  },
});

const split = several((d, x) => {
  const axis = d.random.index(x.tensor.rank);
  const size = x.tensor.shape[axis]!;
  const first = d.between(0, size);
  const parts =
    d.chance(0.5) && size % 2 === 0 ? '2' : json(d.chance(0.3) ? [first, -1] : [first, size - first]);
  return { code: `tf.split(${x.name}, ${parts}, ${axis})`, count: 2 };
});

const unstack = several((d, x) => {
  const axis = d.between(-x.tensor.rank, x.tensor.rank - 1);
  return { code: `tf.unstack(${x.name}, ${axis})`, count: x.tensor.shape.at(axis)! };
});

const strided: Operation = {
  draw(d) {
    const x = d.tensor({ ranks: [1, 2, 3, 4, 5], least: 1 });
    const { shape } = x.tensor;
    const strides = shape.map(() => d.pick([1, 1, 2, 3, -1, -2]));
    const begin = shape.map((size) => d.between(-size, size));
    const end = shape.map((size) => d.between(-size - 1, size + 1));
    const bits = () => (d.chance(0.5) ? 0 : d.random.index(2 ** shape.length));
    const ellipsis = d.chance(0.1) ? 2 ** d.random.index(shape.length) : 0;
    const masks = [bits(), bits(), ellipsis, d.chance(0.2) ? 1 : 0, d.chance(0.2) ? 1 : 0];
    const shrinks = masks[4] === 1;
    const steps = shrinks ? strides.map(() => 1) : strides; // cpu is wrong with others
    return {
      code: `tf.stridedSlice(${x.name}, ${[begin, end, steps, ...masks].map(json).join(', ')})`,
      exact: x.exact,
    };
  },
};

const gather: Operation = {
  smooth: true,
  draw(d) {
    const x = d.tensor({ ranks: anyRank, least: 1 });
    const axis = d.random.index(x.tensor.rank);
    const size = x.tensor.shape[axis]!;
    const shape = d.shape([0, 1, 1, 2]);
    const count = shape.reduce((a, b) => a * b, 1);
    const values = Array.from({ length: count }, () => d.random.index(size));
    const negative = d.chance(0.2) ? axis - x.tensor.rank : axis;
    return {
      code: `tf.gather(${x.name}, tf.tensor(${json(values)}, ${json(shape)}, 'int32'), ${negative})`,
      exact: x.exact,
    };
  },
};

const rowsOf = (d: Drawing, shape: readonly number[], count: number, distinct: boolean): number[] => {
  const size = shape[0]!;
  return distinct
    ? d.random.permutation(size).slice(0, count)
    : Array.from({ length: count }, () => d.random.index(size));
};

const gatherOfBatches: Operation = {
  draw(d) {
    const x = d.tensor({ ranks: [2, 3], least: 1 });
    const [batch, size] = x.tensor.shape as [number, number];
    const rows = Array.from({ length: batch }, () => [d.random.index(size), d.random.index(size)]);
    return {
      code: `tf.gather(${x.name}, tf.tensor2d(${json(rows)}, [${batch}, 2], 'int32'), 1, 1)`,
      exact: x.exact,
    };
  },
};

const gatherNd: Operation = {
  draw(d) {
    const x = d.tensor({ ranks: [1, 2, 3], least: 1 });
    const depth = d.between(1, x.tensor.rank);
    const rows = Array.from({ length: d.between(1, 3) }, () =>
      x.tensor.shape.slice(0, depth).map((size) => d.random.index(size)),
    );
    return {
      code: `tf.gatherND(${x.name}, tf.tensor(${json(rows)}, [${rows.length}, ${depth}], 'int32'))`,
      exact: x.exact,
    };
  },
};

const scatter: Operation = {
  draw(d) {
    const x = d.tensor({ types: ['float32', 'int32'], ranks: [1, 2, 3], least: 1 });
    const rows = d.between(1, 4);
    const isUpdate = d.chance(0.5);
    const index = rowsOf(d, x.tensor.shape, rows, isUpdate);
    const update = d.tensor({
      types: [x.tensor.dtype],
      shape: [index.length, ...x.tensor.shape.slice(1)],
    });
    const indices = `tf.tensor(${json(index)}, [${index.length}, 1], 'int32')`;
    const code = isUpdate
      ? `tf.tensorScatterUpdate(tf.neg(${x.name}), ${indices}, ${update.name})`
      : `tf.scatterND(${indices}, ${update.name}, ${json(x.tensor.shape)})`;
    return { code, exact: x.exact && update.exact };
  },
};

const segmentSum: Operation = {
  smooth: true,
  draw(d) {
    const x = d.tensor({ types: ['float32'], ranks: [1, 2, 3], least: 1 });
    const ids = Array.from({ length: x.tensor.shape[0] }, () => d.between(0, 2));
    return {
      code: `tf.unsortedSegmentSum(${x.name}, tf.tensor1d(${json(ids)}, 'int32'), 3)`,
      exact: x.exact,
    };
  },
};

const oneHot: Operation = {
  draw(d) {
    const x = d.tensor({ types: ['int32'], ranks: [0, 1, 2] });
    return {
      code: `tf.oneHot(${x.name}, ${d.between(1, 4)}, ${d.between(1, 3)}, ${d.between(-1, 0)}, '${d.pick(['float32', 'int32'])}')`,
      exact: true,
    };
  },
};

export const shapes: Operations = [
  moving((d, x) => `tf.reshape(${x.name}, ${json(reshaped(d, x))})`, [0, 1, 2, 3, 4]),
  moving((d, x) => `tf.slice(${x.name}, ${part(d, x.tensor.shape).map(json).join(', ')})`),
  moving((d, x) => `tf.slice(${x.name}, ${part(d, x.tensor.shape).map(json).join(', ')})`),
  moving(
    (d, x) =>
      `tf.pad(${x.name}, ${json(borders(d, x.tensor.rank))}, ${d.pick(x.tensor.dtype === 'bool' ? [0, 1] : [0, 0, 1, -2])})`,
  ),
  moving(
    (d, x) => {
      const mode = d.pick(['reflect', 'symmetric']);
      const sides = x.tensor.shape.map((size): [number, number] => {
        const most = Math.max(0, mode === 'reflect' ? size - 1 : size);
        return [d.between(0, Math.min(most, 2)), d.between(0, Math.min(most, 2))];
      });
      return `tf.mirrorPad(${x.name}, ${json(sides)}, '${mode}')`;
    },
    anyRank,
    false,
  ),
  moving((d, x) => `tf.transpose(${x.name}, ${json(d.random.permutation(x.tensor.rank))})`),
  moving((d, x) => `tf.tile(${x.name}, ${json(x.tensor.shape.map(() => d.pick([1, 1, 2, 3])))})`),
  moving((d, x) => `tf.reverse(${x.name}, ${json(axesOf(d, x))})`),
  moving((d, x) => `tf.expandDims(${x.name}, ${d.between(-x.tensor.rank - 1, x.tensor.rank)})`, [0, 1, 2, 3]),
  moving((_, x) => `tf.squeeze(${x.name})`, [0, 1, 2, 3, 4]),
  moving(
    (d, x) =>
      `tf.broadcastTo(${x.name}, ${json([d.between(1, 3), ...x.tensor.shape.map((size) => (size === 1 ? d.between(1, 3) : size))])})`,
    [0, 1, 2, 3],
  ),
  moving(
    (d, x) => `tf.spaceToBatchND(${x.name}, [2, 1], [[${d.between(0, 1)}, ${d.between(0, 1)}], [0, 1]])`,
    [3, 4],
  ),
  moving(
    (d, x) => `tf.batchToSpaceND(${x.name}, [2, 1], [[${d.between(0, 1)}, ${d.between(0, 1)}], [0, 0]])`,
    [3, 4],
  ),
  moving((_, x) => `tf.depthToSpace(${x.name}, 2)`, [4], false),
  moving((_, x) => `tf.image.flipLeftRight(${x.name})`, [4], false),
  concat,
  concat,
  stack,
  split,
  unstack,
  strided,
  gather,
  gather,
  gatherOfBatches,
  gatherNd,
  scatter,
  segmentSum,
  oneHot,
];
