/** Complex numbers: in parts, as pairs, transformed. */
import { type Operation, type Operations } from './operation.js';

const make: Operation = {
  draw(d) {
    const real = d.tensor({ types: ['float32'] });
    const imag = d.tensor({ types: ['float32'], shape: real.tensor.shape });
    return { code: `tf.complex(${real.name}, ${imag.name})`, exact: false };
  },
};

const part: Operation = {
  draw(d) {
    const x = d.tensor({ types: ['complex64'] });
    return { code: `tf.${d.pick(['real', 'imag', 'abs'])}(${x.name})`, exact: false };
  },
};

const both: Operation = {
  draw(d) {
    const x = d.tensor({ types: ['complex64'] });
    const y = d.tensor({ types: ['complex64'], shape: x.tensor.shape });
    return { code: `tf.${d.pick(['add', 'sub', 'mul'])}(${x.name}, ${y.name})`, exact: false };
  },
};

const moved: Operation = {
  draw(d) {
    const x = d.tensor({ types: ['complex64'], ranks: [1, 2, 3], least: 1 });
    const rank = x.tensor.rank;
    const sum = `tf.add(${x.name}, ${x.name})`; // which nothing else sees: see cpu-faults.ts
    return {
      code: d.pick([
        `tf.reshape(${sum}, [-1])`,
        `tf.slice(${x.name}, ${d.between(0, x.tensor.shape[0] - 1)})`,
        `tf.concat([${x.name}, ${x.name}], ${d.random.index(rank)})`,
        `tf.zerosLike(${x.name})`,
        `tf.clone(${x.name})`,
        `tf.fft(${sum})`,
        `tf.ifft(${sum})`,
        `tf.rfft(tf.real(${x.name}))`,
      ]),
      exact: false,
    };
  },
};

export const complex: Operations = [make, part, both, moved];
