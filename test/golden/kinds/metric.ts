/** Metrics: FID and KID of features, SSIM, PSNR and L1 of images. */
import { fid, FeatureStatistics, kid, l1, psnr, ssim, type PixelData } from 'ts-cyclegan/metrics';
import * as v from 'valibot';
import { scalar, type Results } from '../compare.js';
import { tensorOf, type GoldenCase } from '../format.js';

const schema = v.variant('metric', [
  v.strictObject({
    metric: v.literal('fid-kid'),
    samples: v.tuple([v.number(), v.number()]),
    features: v.number(),
  }),
  v.strictObject({ metric: v.literal('pictures'), data_range: v.number() }),
]);

export async function metric(golden: GoldenCase): Promise<Results> {
  const config = v.parse(schema, golden.config);
  const results =
    config.metric === 'fid-kid' ? await distances(golden) : await ofImages(golden, config.data_range);
  return new Map(Object.entries(results).map(([name, value]) => [name, scalar(value)]));
}

/** The features are added in batches of different sizes, and the statistics of two halves are merged. */
async function distances(golden: GoldenCase): Promise<Record<string, number>> {
  const [a, b] = ['a', 'b'].map((name) => {
    const { data, shape } = tensorOf(golden, name);
    return { data, shape: [shape[0]!, shape[1]!] as const };
  }) as [
    { data: Float32Array; shape: readonly [number, number] },
    { data: Float32Array; shape: readonly [number, number] },
  ];
  const statistics = await Promise.all(
    [a, b].map(async ({ data, shape: [count, size] }) => {
      const rows = (from: number, to: number) => ({
        data: data.subarray(from * size, to * size),
        shape: [to - from, size] as const,
      });
      const [first, second] = [new FeatureStatistics(), new FeatureStatistics()];
      const half = Math.floor(count / 3);
      await first.add(rows(0, half));
      for (let i = half; i < count; i += 7) await second.add(rows(i, Math.min(i + 7, count)));
      first.merge(second);
      return first;
    }),
  );
  return { fid: fid(statistics[0]!, statistics[1]!), kid: (await kid(a, b)).value };
}

async function ofImages(golden: GoldenCase, range: number): Promise<Record<string, number>> {
  const [a, b] = ['a', 'b'].map((name): PixelData => {
    const { data, shape } = tensorOf(golden, name);
    return { data, shape: shape as [number, number, number] };
  }) as [PixelData, PixelData];
  const channel = ({ data, shape: [height, width, channels] }: PixelData): PixelData => ({
    data: data.filter((_, i) => i % channels === 0),
    shape: [height, width, 1],
  });
  return {
    ssim: await ssim(a, b, { range }),
    'ssim-channel-0': await ssim(channel(a), channel(b), { range }),
    psnr: await psnr(a, b, { range }),
    l1: await l1(a, b),
  };
}
