/** Operations on pictures and volumes: convolutions, pooling, resizing, and all their attributes. */
import { type Drawing, type Known } from '../drawing.js';
import { json, type Operation, type Operations } from './operation.js';

/** How windows lie along one axis. */
interface Sides {
  readonly size: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pads: [number, number];
}

/** Mostly small, with what is likely to be forgotten: strides longer than filters, padding that is not needed. */
function sides(d: Drawing, size = d.between(1, 7)): Sides {
  return {
    size,
    filter: d.pick([1, 1, 2, 3, 3, 4]),
    stride: d.pick([1, 1, 1, 2, 2, 3]),
    dilation: d.chance(0.15) ? d.between(2, 3) : 1,
    pads: [d.between(0, 3), d.between(0, 3)],
  };
}

/** Pads as tfjs takes them; all axes dilate or stride, never both. */
function windows(d: Drawing, axes: Sides[], channelsFirst = false) {
  const isDilated = axes.some(({ dilation }) => dilation > 1);
  const strides = isDilated ? axes.map(() => 1) : axes.map(({ stride }) => stride);
  const dilations = axes.map(({ dilation }) => dilation);
  const most = Math.min(...axes.map(({ filter }) => filter));
  const explicit = axes.map(({ pads }) => pads);
  const list = channelsFirst ? [[0, 0], [0, 0], ...explicit] : [[0, 0], ...explicit, [0, 0]]; // prettier-ignore
  const pad = d.pick(["'same'", "'valid'", String(d.between(0, most)), json(list), json(list)]);
  const rounding = pad.startsWith("'") ? undefined : d.pick(['floor', 'round', 'ceil', 'floor']);
  return { strides, dilations, pad, rounding };
}

/** Few channels; or as many as other forms of convolutions want. */
const channels = (d: Drawing): number => d.pick([1, 2, 3, 4, 1, 2, 3, 16, 17]);

const pictures = (d: Drawing, axes: Sides[], c: number): Known =>
  d.tensor({ types: ['float32'], shape: [d.between(1, 2), ...axes.map(({ size }) => size), c] });

const filters = (d: Drawing, axes: Sides[], ...sizes: number[]): Known =>
  d.tensor({ types: ['float32'], shape: [...axes.map(({ filter }) => filter), ...sizes] });

const optional = (list: readonly (string | undefined)[]): string =>
  list.map((item) => item ?? 'undefined').join(', ');

const quoted = (text: string | undefined): string | undefined => text && `'${text}'`;

const conv2d: Operation = {
  smooth: true,
  draw(d) {
    const axes = [sides(d), sides(d)];
    const [c, o] = [channels(d), channels(d)];
    const { strides, dilations, pad, rounding } = windows(d, axes);
    const [x, w] = [pictures(d, axes, c), filters(d, axes, c, o)];
    const more = ["'NHWC'", json(dilations), quoted(rounding)];
    return {
      code: `tf.conv2d(${x.name}, ${w.name}, ${json(strides)}, ${pad}, ${optional(more)})`,
      exact: x.exact && w.exact,
    };
  },
};

const channelsFirst: Operation = {
  draw(d) {
    const axes = [sides(d), sides(d)];
    const [c, o] = [channels(d), channels(d)];
    const { strides, dilations, pad, rounding } = windows(d, axes, true);
    const x = d.tensor({ types: ['float32'], shape: [d.between(1, 2), c, ...axes.map(({ size }) => size)] });
    const w = filters(d, axes, c, o);
    const more = ["'NCHW'", json(dilations), quoted(rounding)];
    return {
      code: `tf.conv2d(${x.name}, ${w.name}, ${json(strides)}, ${pad}, ${optional(more)})`,
      exact: x.exact && w.exact,
    };
  },
};

const fused: Operation = {
  smooth: true,
  draw(d) {
    const axes = [sides(d), sides(d)];
    const depthwise = d.chance(0.3);
    const [c, o] = [channels(d), depthwise ? d.between(1, 2) : channels(d)];
    const { strides, dilations, pad } = windows(d, axes);
    const [x, filter] = [pictures(d, axes, c), filters(d, axes, c, o)];
    const all = depthwise ? c * o : o;
    const perChannel = (): Known =>
      d.tensor({ types: ['float32'], shape: d.pick([[all], [1, 1, all], [1]]) });
    const activation = d.pick(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'prelu', 'leakyrelu']);
    const options = [
      `x: ${x.name}`,
      `filter: ${filter.name}`,
      `strides: ${json(strides)}`,
      `pad: ${pad}`,
      `dilations: ${json(dilations)}`,
      `dimRoundingMode: ${pad.startsWith("'") ? 'undefined' : "'floor'"}`,
      `activation: '${activation}'`,
      ...(activation === 'leakyrelu' ? ['leakyreluAlpha: 0.25'] : []),
      ...(d.chance(0.6) ? [`bias: ${perChannel().name}`] : []),
      ...(activation === 'prelu'
        ? [
            `preluActivationWeights: ${d.tensor({ types: ['float32'], shape: d.pick([[1, 1, all], [all]]) }).name}`,
          ]
        : []),
    ];
    return {
      code: `tf.fused.${depthwise ? 'depthwiseConv2d' : 'conv2d'}({ ${options.join(', ')} })`,
      exact: false,
    };
  },
};

const depthwise: Operation = {
  smooth: true,
  draw(d) {
    const axes = [sides(d), sides(d)];
    const c = d.between(1, 4);
    const { strides, dilations, pad, rounding } = windows(d, axes);
    const [x, w] = [pictures(d, axes, c), filters(d, axes, c, d.between(1, 3))];
    const more = ["'NHWC'", json(dilations), quoted(rounding)];
    return {
      code: `tf.depthwiseConv2d(${x.name}, ${w.name}, ${json(strides)}, ${pad}, ${optional(more)})`,
      exact: x.exact && w.exact,
    };
  },
};

const transposed: Operation = {
  smooth: true,
  draw(d) {
    const axes = [sides(d, d.between(1, 4)), sides(d, d.between(1, 4))];
    const [c, o] = [channels(d), channels(d)];
    const strides = axes.map(({ stride }) => stride);
    const x = pictures(d, axes, c);
    const w = filters(d, axes, o, c);
    const outer = axes.map(({ size, stride, filter }) =>
      d.pick([size * stride, (size - 1) * stride + filter]),
    );
    const fits = axes.every(
      ({ size, stride, filter }, i) => outer[i]! >= filter || outer[i] === size * stride,
    );
    const pad =
      !fits || outer.every((side, i) => side === axes[i]!.size * strides[i]!) ? "'same'" : "'valid'";
    return {
      code: `tf.conv2dTranspose(${x.name}, ${w.name}, ${json([x.tensor.shape[0], ...outer, o])}, ${json(strides)}, ${pad})`,
      exact: x.exact && w.exact,
    };
  },
};

const conv1d: Operation = {
  smooth: true,
  draw(d) {
    const axis = sides(d);
    const [c, o] = [channels(d), channels(d)];
    const x = d.tensor({ types: ['float32'], shape: [d.between(1, 2), axis.size, c] });
    const w = d.tensor({ types: ['float32'], shape: [axis.filter, c, o] });
    const { strides, dilations, pad, rounding } = windows(d, [axis]);
    const sizes = pad.startsWith('[') ? '0' : pad;
    return {
      code: `tf.conv1d(${x.name}, ${w.name}, ${strides[0]}, ${sizes}, 'NWC', ${dilations[0]}, ${quoted(rounding) ?? 'undefined'})`,
      exact: x.exact && w.exact,
    };
  },
};

const conv3d: Operation = {
  smooth: true,
  draw(d) {
    const axes = [sides(d, d.between(1, 4)), sides(d, d.between(1, 4)), sides(d, d.between(1, 4))];
    const [c, o] = [d.between(1, 3), d.between(1, 3)];
    const { strides } = windows(d, axes);
    const x = pictures(d, axes, c);
    const w = filters(d, axes, c, o);
    return {
      code: `tf.conv3d(${x.name}, ${w.name}, ${json(strides)}, ${d.pick(["'same'", "'valid'"])})`,
      exact: x.exact && w.exact,
    };
  },
};

const pool: Operation = {
  smooth: true,
  draw(d) {
    const axes = [sides(d), sides(d)];
    const { strides, dilations, pad, rounding } = windows(d, axes);
    const x = pictures(d, axes, d.between(1, 3));
    const size = json(axes.map(({ filter }) => filter));
    const name = d.pick(['maxPool', 'avgPool']);
    const code =
      d.chance(0.2) && !pad.startsWith('[')
        ? `tf.pool(${x.name}, ${size}, '${name.slice(0, 3)}', ${pad}, ${json(dilations)}, ${json(strides)}, ${quoted(rounding) ?? 'undefined'})`
        : `tf.${name}(${x.name}, ${size}, ${json(strides)}, ${pad}, ${quoted(rounding) ?? 'undefined'})`;
    return { code, exact: name === 'maxPool' && x.exact };
  },
};

const pool3d: Operation = {
  smooth: true,
  draw(d) {
    const [depth, height, width] = [0, 1, 2].map(() => sides(d, d.between(1, 4))) as [Sides, Sides, Sides];
    const axes = [depth, height, { ...width, filter: height.filter }]; // see cpu-faults.ts
    const { strides } = windows(d, axes);
    const x = pictures(d, axes, d.between(1, 2));
    const size = json(axes.map(({ filter }) => filter));
    const name = d.pick(['maxPool3d', 'avgPool3d']);
    return {
      code: `tf.${name}(${x.name}, ${size}, ${json(strides)}, ${d.pick(["'same'", "'valid'"])})`,
      exact: false,
    };
  },
};

const resize = (name: string, smooth: boolean): Operation => ({
  smooth,
  draw(d) {
    const x = d.tensor({ types: ['float32'], ranks: [3, 4], least: 1 });
    const size = [d.between(1, 8), d.between(1, 8)];
    const corners = d.chance(0.4);
    const centres = !smooth && !corners && d.chance(0.4);
    return {
      code: `tf.image.${name}(${x.name}, ${json(size)}, ${corners}, ${centres})`,
      exact: name === 'resizeNearestNeighbor' && x.exact,
    };
  },
});

const cropAndResize: Operation = {
  draw(d) {
    const x = d.tensor({ types: ['float32'], ranks: [4], least: 1 });
    const boxes = Array.from({ length: d.between(1, 2) }, () =>
      Array.from({ length: 4 }, () => d.between(0, 4) / 4),
    );
    const index = boxes.map(() => d.random.index(x.tensor.shape[0]));
    const code = `tf.image.cropAndResize(${x.name}, ${json(boxes)}, ${json(index)}, [${d.between(1, 4)}, ${d.between(1, 4)}], '${d.pick(['bilinear', 'nearest'])}', 0.5)`;
    return { code, exact: false };
  },
};

const dilation: Operation = {
  draw(d) {
    const axes = [sides(d), sides(d)];
    const c = d.between(1, 3);
    const x = pictures(d, axes, c);
    const w = filters(d, axes, c);
    return {
      code: `tf.dilation2d(${x.name}, ${w.name}, ${d.between(1, 2)}, ${d.pick(["'same'", "'valid'"])})`,
      exact: x.exact && w.exact,
    };
  },
};

/** Convolutions alone. */
export const convolutions: Operations = [
  conv2d, conv2d, conv2d, conv2d, transposed, transposed, fused, depthwise, conv1d, conv3d, channelsFirst,
]; // prettier-ignore

export const windowed: Operations = [
  ...convolutions,
  pool,
  pool,
  pool3d,
  resize('resizeBilinear', true),
  resize('resizeBilinear', false),
  resize('resizeNearestNeighbor', false),
  cropAndResize,
  dilation,
];
