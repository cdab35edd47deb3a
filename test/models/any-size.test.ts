/** `translate(…, { anySize: true })`: the part inside is what the reflected image gives, elsewhere nothing changes. */
import * as tf from '@tensorflow/tfjs';
import { CycleGAN } from 'ts-cyclegan';
import { expect, test } from 'vitest';
import { scattered } from '../support/finite-differences.js';
import { withoutLeaks } from '../support/leaks.js';
import { tinyModel } from '../support/tiny.js';

/** Where position `i` of a reflected axis looks: size 4 → 0 1 2 3 2 1 0 1 2 … */
const reflected = (i: number, size: number): number => {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  return Math.min(i % period, period - (i % period));
};

/** The image extended to `height` × `width`, element by element. */
async function extend(image: tf.Tensor3D, height: number, width: number): Promise<tf.Tensor3D> {
  const values = await image.array();
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from(
      { length: width },
      (_, x) => values[reflected(y, image.shape[0])]![reflected(x, image.shape[1])]!,
    ),
  );
  return tf.tensor3d(rows);
}

test.each([
  [13, 18, 16, 20],
  [16, 17, 16, 20],
  [5, 3, 8, 8],
  [1, 9, 8, 12],
  [16, 20, 16, 20],
])('%i × %i pixels are translated as %i × %i', async (height, width, toHeight, toWidth) => {
  await withoutLeaks(async () => {
    const model = tinyModel();
    const image = scattered([height, width, 3], 1) as tf.Tensor3D;
    const got = model.translate(image, 'BtoA', { anySize: true });
    expect(got.shape).toEqual([height, width, 3]);
    const whole = await extend(image, toHeight, toWidth);
    const translated = model.translate(whole, 'BtoA');
    const want = tf.slice(translated, [0, 0, 0], [height, width, 3]);
    expect(await got.data()).toBeAllClose(await want.data(), { rtol: 0, atol: 1e-6 });

    const batch = tf.expandDims<tf.Tensor4D>(image, 0);
    const batched = model.translate(batch, 'BtoA', { anySize: true });
    expect([...(await batched.data())]).toEqual([...(await got.data())]);
    tf.dispose([image, got, whole, translated, want, batch, batched]);
    model.dispose();
  });
});

test('refusals', () =>
  withoutLeaks(() => {
    const model = tinyModel();
    const image = tf.zeros<tf.Rank.R3>([13, 18, 3]);
    expect(() => model.translate(image, 'AtoB')).toThrow('must be a multiple of 4, got 13');
    const misspelled = () => model.translate(image, 'AtoB', { anysize: true } as never);
    expect(misspelled).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: CycleGAN.translate: unknown option "anysize". Did you mean "anySize"?]`,
    );
    const { generatorG, generatorF, discriminatorX, discriminatorY } = model;
    const own = new CycleGAN({ generatorG, generatorF, discriminatorX, discriminatorY });
    expect(() => own.translate(image, 'AtoB', { anySize: true })).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: CycleGAN.translate: option "anySize" needs a model that was built from options, got a model of your own networks. Resize or crop images to sizes that they accept.]`,
    );
    image.dispose();
    own.dispose();
    model.dispose();
  }));
