/** Strings, which only move. */
import { type Drawing, type Known } from '../drawing.js';
import { json, type Operation, type Operations } from './operation.js';

const moving = (write: (d: Drawing, x: Known) => string): Operation => ({
  draw(d) {
    const x = d.tensor({ types: ['string'], ranks: [1, 2, 3], least: 1 });
    return { code: write(d, x), exact: true };
  },
});

const first = (x: Known): number => x.tensor.shape[0];

export const strings: Operations = [
  moving((_, x) => `tf.reshape(${x.name}, [-1])`),
  moving((d, x) => `tf.slice(${x.name}, ${d.random.index(first(x))})`),
  moving((d, x) => `tf.gather(${x.name}, [${d.random.index(first(x))}, 0])`),
  moving((d, x) => `tf.concat([${x.name}, ${x.name}], ${d.random.index(x.tensor.rank)})`),
  moving((d, x) => `tf.tile(${x.name}, ${json(x.tensor.shape.map(() => d.between(1, 2)))})`),
  moving((_, x) => `tf.clone(${x.name})`),
  moving((_, x) => `tf.expandDims(${x.name}, -1)`),
];
