/** What an image pool returns and holds for scripted draws; images are single numbers. */
import * as tf from '@tensorflow/tfjs';
import { ImagePool, type RandomSource } from 'ts-cyclegan';
import * as v from 'valibot';
import type { Results } from '../compare.js';
import type { GoldenCase } from '../format.js';

const config = v.strictObject({ pool_size: v.number(), batch: v.number() });
const query = v.strictObject({
  in: v.array(v.number()),
  draws: v.array(v.union([v.strictObject({ uniform: v.number() }), v.strictObject({ index: v.number() })])),
  out: v.array(v.number()),
  pool: v.array(v.number()),
});
const schema = v.object({ config, queries: v.array(query) });
type Draw = v.InferOutput<typeof query>['draws'][number];

/** Gives out scripted draws in order; a draw of another sort than the script's throws. */
class Script implements RandomSource {
  draws: Draw[] = [];

  uniform(): number {
    const draw = this.draws.shift();
    if (!draw || !('uniform' in draw)) throw new Error('a uniform draw that is not in the script');
    return draw.uniform;
  }

  index(below: number): number {
    const draw = this.draws.shift();
    if (!draw || !('index' in draw)) throw new Error(`a draw below ${below} that is not in the script`);
    return draw.index;
  }
}

export async function imagePool(golden: GoldenCase): Promise<Results> {
  const { config, queries } = v.parse(schema, golden.json);
  const random = new Script();
  const pool = new ImagePool(config.pool_size, random);
  const results: Results = new Map();
  for (const [i, { in: images, draws, out, pool: after }] of queries.entries()) {
    random.draws = [...draws];
    const returned = pool.query(tf.tensor4d(images, [images.length, 1, 1, 1]));
    const { images: held } = await pool.state();
    results.set(`queries/${i}/out`, { got: [...(await returned.data())], want: out });
    results.set(`queries/${i}/pool`, { got: held.map((image) => image.data[0]), want: after });
    results.set(`queries/${i}/draws`, { got: random.draws.length, want: 0 });
  }
  pool.dispose();
  return results;
}
