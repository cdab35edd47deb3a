/** What the tests of pages need: the page, images and models. */
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { CycleGAN, Pix2Pix, Random, type TrainerState } from 'ts-cyclegan';
import { fileSystem } from 'ts-cyclegan/node';
import { build } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The options of all models here. */
export const network = {
  inputShape: [32, 32, 3] as [number, number, number],
  filters: 4,
  residualBlocks: 1,
  discriminatorFilters: 4,
  seed: 7,
};

/** The page, with the library from source. */
export async function bundle(outDir: string): Promise<void> {
  const source = (path: string) => join(root, 'src', path);
  await build({
    root: join(root, 'test/browser/page'),
    configFile: false,
    logLevel: 'error',
    base: './',
    resolve: {
      alias: [
        { find: /^ts-cyclegan\/browser\/worker$/, replacement: source('browser/worker/serve.ts') },
        { find: /^ts-cyclegan\/browser$/, replacement: source('browser/index.ts') },
        { find: /^ts-cyclegan$/, replacement: source('index.ts') },
      ],
    },
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, minify: false, reportCompressedSize: false },
  });
}

/** Colours that look random, [size, size, channels]. */
const noise = (height: number, width: number, channels: 1 | 3 | 4, seed: number) => {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: height * width * channels }, () => random.index(256));
  return sharp(data, { raw: { height, width, channels } });
};

/** Images of all kinds, in a new folder. */
export async function writeImages(images: string): Promise<void> {
  for (const name of ['a', 'b']) await mkdir(join(images, name), { recursive: true });
  const smooth = noise(9, 7, 3, 1).resize(90, 70, { kernel: 'cubic', fit: 'fill' });
  await noise(41, 67, 3, 2).png().toFile(join(images, 'colours.png'));
  await noise(41, 67, 1, 3).toColourspace('b-w').png().toFile(join(images, 'grey.png'));
  await noise(41, 67, 4, 4).png().toFile(join(images, 'transparent.png'));
  await smooth.clone().jpeg({ quality: 90 }).toFile(join(images, 'photo.jpg'));
  await smooth.clone().jpeg().withMetadata({ orientation: 6 }).toFile(join(images, 'turned.jpg'));
  await writeFile(join(images, 'broken.png'), 'no image');
  for (const [name, count] of [
    ['a', 5],
    ['b', 4],
  ] as const) {
    for (let i = 0; i < count; i++) {
      await noise(40 + i, 50, 3, 10 * count + i)
        .png()
        .toFile(join(images, name, `${name}${i}.png`));
    }
  }
  await noise(300, 280, 3, 5)
    .png()
    .toFile(join(images, 'a', 'large.png')); // reduced before the bilinear resize
}

/** Models, one of them truncated, and one with another byte, in a new folder. */
export async function writeModels(models: string): Promise<void> {
  const model = new CycleGAN(network);
  await model.save(fileSystem(join(models, 'whole')));
  await model.save(fileSystem(join(models, 'AtoB')), { direction: 'AtoB', dtype: 'float16' });
  model.dispose();
  const pix2pix = new Pix2Pix({
    inputShape: [32, 32, 1],
    outputChannels: 3,
    levels: 5,
    filters: 4,
    discriminatorFilters: 4,
    seed: 7,
  });
  await pix2pix.save(fileSystem(join(models, 'pix2pix')));
  pix2pix.dispose();
  for (const copy of ['short', 'changed'])
    await cp(join(models, 'AtoB'), join(models, copy), { recursive: true });
  const name = (await readdir(join(models, 'AtoB'))).find((file) => file.endsWith('.bin'))!;
  await truncate(join(models, 'short', name), 100);
  const bytes = await readFile(join(models, 'changed', name));
  bytes[50]! ^= 1;
  await writeFile(join(models, 'changed', name), bytes);
}

/** The hash of a state. */
export const digest = (state: TrainerState): string => {
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify(state, (_, value: unknown) => (value instanceof Float32Array ? [...value] : value)),
  );
  return hash.digest('hex');
};
