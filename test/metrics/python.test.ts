/**
 * FID of more features, and the resize of clean-fid, against scipy and Pillow. They run in the Python whose path is in `CHECK_PYTHON`.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { Random } from 'ts-cyclegan';
import { featureExtractor, FeatureStatistics, fid } from 'ts-cyclegan/metrics';
import { expect, test } from 'vitest';
import { emptyFolder } from '../support/folder.js';
import { withoutLeaks } from '../support/leaks.js';

const python = process.env.CHECK_PYTHON;

async function inPython<T>(program: string, ...files: Float32Array[]): Promise<T> {
  const folder = await emptyFolder();
  const paths = files.map((_, i) => join(folder, `${i}.bin`));
  for (const [i, file] of files.entries()) await writeFile(paths[i]!, file);
  const { stdout } = await promisify(execFile)(python!, ['-c', program, ...paths], { maxBuffer: 1e8 });
  return JSON.parse(stdout) as T;
}

test.skipIf(python === undefined)(
  'FID is that of scipy, for more and for fewer images than features',
  async () => {
    const size = 150;
    const random = new Random(3);
    for (const count of [400, 60]) {
      const [a, b] = [0, 0.2].map((shift) =>
        Float32Array.from(
          { length: count * size },
          (_, i) => random.uniform() * (1 + (i % size) / 50) + shift,
        ),
      ) as [Float32Array, Float32Array];
      const [first, second] = [new FeatureStatistics(), new FeatureStatistics()];
      await first.add({ data: a, shape: [count, size] });
      await second.add({ data: b, shape: [count, size] });
      const wanted = await inPython<number>(
        `
import json, sys, numpy, scipy.linalg
a, b = (numpy.fromfile(path, numpy.float32).astype(float).reshape(-1, ${size}) for path in sys.argv[1:])
c, d = numpy.cov(a, rowvar=False), numpy.cov(b, rowvar=False)
root = scipy.linalg.sqrtm(c @ d).real if len(a) > ${size} else None
x, y = (v - v.mean(0) for v in (a, b))
trace = numpy.trace(root) if root is not None else numpy.linalg.svd(x @ y.T / (len(a) - 1), compute_uv=False).sum()
m = a.mean(0) - b.mean(0)
print(json.dumps(m @ m + numpy.trace(c) + numpy.trace(d) - 2 * trace))`,
        a,
        b,
      );
      expect([fid(first, second)]).toBeAllClose([wanted], { rtol: 1e-8, atol: 0 });
    }
  },
);

test.skipIf(python === undefined)(
  "the bicubic resize is Pillow's on float values, as in clean-fid",
  async () => {
    await withoutLeaks(async () => {
      const [height, width, size] = [37, 52, 21];
      const random = new Random(4);
      const levels = Float32Array.from({ length: height * width }, () => Math.floor(256 * random.uniform()));
      const wanted = await inPython<number[]>(
        `
import json, sys, numpy
from PIL import Image
x = numpy.fromfile(sys.argv[1], numpy.float32).reshape(${height}, ${width})
y = numpy.asarray(Image.fromarray(x, mode="F").resize((${size}, ${size}), Image.BICUBIC)).clip(0, 255)
print(json.dumps(y.ravel().tolist()))`,
        levels,
      );
      // the network returns its input: one channel of one image as a row
      const identity = {
        inputs: [{ shape: [null, size, size, 3] }],
        predict: (images: tf.Tensor) =>
          tf.reshape(tf.slice(images, [0, 0, 0, 0], [1, size, size, 1]), [1, size * size]),
      };
      const image = tf.tidy(() =>
        tf.sub<tf.Tensor4D>(tf.div(tf.tensor4d(levels, [1, height, width, 1]), 127.5), 1),
      );
      const { data } = await featureExtractor(identity, { name: 'pixels', range: [0, 255] }).extract(image);
      expect(data).toBeAllClose(wanted, { rtol: 0, atol: 1e-3 });
      image.dispose();
    });
  },
);
