/** The demo's scores against scikit-image's, on the golden pair of images. */
import { expect, test } from 'vitest';
import { colourfulness, l1, type Image, ssim } from '../../../src/cli/demo/score.js';
import { goldenCase } from '../../support/golden-case.js';

test('L1 and SSIM are those of scikit-image', () => {
  const { tensors, scalars, config } = goldenCase('metric-pictures');
  const range = config.data_range as number;
  const image = (name: string): Image => {
    const { shape, data } = tensors.get(name)!;
    return {
      shape: shape as [number, number, number],
      data: Float32Array.from(data, (x) => x / range),
    };
  };
  const [a, b] = [image('a'), image('b')];
  expect([l1(a, b) * range]).toBeAllClose([scalars.l1!.value], { rtol: 0, atol: scalars.l1!.atol });
  expect([ssim(a, b)]).toBeAllClose([scalars.ssim!.value], { rtol: 0, atol: scalars.ssim!.atol });
  expect(ssim(a, a)).toBeCloseTo(1, 12);
});

test('colourfulness is the mean distance between the channels of a pixel', () => {
  const data = Float32Array.from([0.25, 0.25, 0.25, 0.5, 0.75, 1]);
  expect(colourfulness({ data, shape: [1, 2, 3] })).toBeCloseTo(0.25);
});
