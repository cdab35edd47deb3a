/** Small ICC profiles byte by byte, version 2.4: what colour management of images is tested with. */

type Triple = readonly [number, number, number];

const fixed = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeInt32BE(Math.round(value * 65536), 4 * i));
  return bytes;
};
const tag = (type: string, ...data: Buffer[]) => Buffer.concat([Buffer.from(`${type}\0\0\0\0`), ...data]);
const xyz = (values: Triple) => tag('XYZ ', fixed(...values));
const white: Triple = [0.9642, 1, 0.8249];

/** The tone curve of sRGB. */
const srgbCurve = tag(
  'para',
  Buffer.from([0, 3, 0, 0]),
  fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
);
const powerCurve = (exponent: number) => {
  const bytes = Buffer.from([0, 0, 0, 1, 0, 0]);
  bytes.writeUInt16BE(Math.round(exponent * 256), 4);
  return tag('curv', bytes);
};

function profile(
  device: 'mntr' | 'prtr',
  space: string,
  pcs: string,
  tags: [name: string, data: Buffer][],
): Buffer {
  const text = Buffer.concat([Buffer.from([0, 0, 0, 2]), Buffer.from('p\0'), Buffer.alloc(78)]);
  const all: [string, Buffer][] = [
    ['desc', tag('desc', text)],
    ['cprt', tag('text', Buffer.from('none\0'))],
    ['wtpt', xyz(white)],
    ...tags,
  ];
  const padded = all.map(([, data]) => Buffer.concat([data, Buffer.alloc(-data.length & 3)]));
  const table = Buffer.alloc(4 + 12 * all.length);
  table.writeUInt32BE(all.length);
  let offset = 128 + table.length;
  all.forEach(([name, data], i) => {
    table.write(name, 4 + 12 * i, 'latin1');
    table.writeUInt32BE(offset, 8 + 12 * i);
    table.writeUInt32BE(data.length, 12 + 12 * i);
    offset += padded[i]!.length;
  });
  const header = Buffer.alloc(128);
  header.writeUInt32BE(offset);
  header.writeUInt32BE(0x02400000, 8);
  header.write(`${device}${space}${pcs}`, 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  fixed(...white).copy(header, 68);
  return Buffer.concat([header, table, ...padded]);
}

const rgb = (curve: Buffer, [r, g, b]: readonly [Triple, Triple, Triple]) =>
  profile('mntr', 'RGB ', 'XYZ ', [
    ['rXYZ', xyz(r)],
    ['gXYZ', xyz(g)],
    ['bXYZ', xyz(b)],
    ['rTRC', curve],
    ['gTRC', curve],
    ['bTRC', curve],
  ]);

/** Profiles of three primaries; the names are those of the standards. */
export const rgbProfiles = {
  sRGB: rgb(srgbCurve, [
    [0.43607, 0.22249, 0.01392],
    [0.38515, 0.71687, 0.09708],
    [0.14307, 0.06061, 0.7141],
  ]),
  'Display P3': rgb(srgbCurve, [
    [0.51512, 0.2412, -0.00105],
    [0.29198, 0.69225, 0.04189],
    [0.1571, 0.06657, 0.78407],
  ]),
  'Adobe RGB': rgb(powerCurve(2.19921875), [
    [0.60974, 0.31111, 0.01947],
    [0.20528, 0.62567, 0.06087],
    [0.14919, 0.06322, 0.74457],
  ]),
};

/** Grey with a tone curve level^exponent. */
export const greyProfile = (exponent: number): Buffer =>
  profile('mntr', 'GRAY', 'XYZ ', [['kTRC', powerCurve(exponent)]]);

/** A printer whose 16 combinations of full inks have plain Lab colours, and which mixes linearly between them. */
export function cmykProfile(): Buffer {
  const ramp = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const corners = Array.from({ length: 16 }, (_, i) => {
    const [c, m, y, k] = [8, 4, 2, 1].map((bit) => Number((i & bit) > 0)) as [number, number, number, number];
    const light = 100 * (1 - k) * (1 - 0.3 * c - 0.35 * m - 0.1 * y);
    const a = 60 * (m - 0.6 * c) * (1 - k);
    const b = 80 * y - 50 * c - 10 * m;
    return [(light * 255) / 100, a + 128, b * (1 - k) + 128].map((x) =>
      Math.max(0, Math.min(255, Math.round(x))),
    );
  });
  const lut = tag(
    'mft1',
    Buffer.from([4, 3, 2, 0]), // inks, Lab, points of the grid
    fixed(1, 0, 0, 0, 1, 0, 0, 0, 1),
    ...Array<Buffer>(4).fill(ramp),
    Buffer.from(corners.flat()),
    ...Array<Buffer>(3).fill(ramp),
  );
  return profile('prtr', 'CMYK', 'Lab ', [['A2B0', lut]]);
}
