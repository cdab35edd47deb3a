/** The size that an image has after each of P's modes, or that it is refused. */
import { isCycleGANError, preprocessSize, type PreprocessOptions } from 'ts-cyclegan';
import * as v from 'valibot';
import type { Results } from '../compare.js';
import type { GoldenCase } from '../format.js';

const size = v.strictTuple([v.number(), v.number()]);
const row = v.strictObject({
  mode: v.picklist(['resize_and_crop', 'crop', 'scale_width', 'scale_width_and_crop', 'none']),
  /** [width, height] */
  size,
  load_size: v.number(),
  crop_size: v.number(),
  result: v.nullable(size),
});
const schema = v.object({ sizes: v.array(row) });

export function preprocessSizes(golden: GoldenCase): Promise<Results> {
  const results: Results = new Map();
  for (const [i, row] of v.parse(schema, golden.json).sizes.entries()) {
    const { mode, size, load_size: loadSize, crop_size: cropSize, result } = row;
    const got = sizeAfter({ convention: 'pytorch', mode, loadSize, cropSize }, size);
    results.set(`sizes/${i}`, { got, want: result });
  }
  return Promise.resolve(results);
}

function sizeAfter(options: PreprocessOptions, [width, height]: [number, number]) {
  try {
    return preprocessSize(options, [height, width]).reverse();
  } catch (error) {
    if (isCycleGANError(error, 'INVALID_SHAPE')) return null;
    throw error;
  }
}
