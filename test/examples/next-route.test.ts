/**
 * examples/next-route: its route translates and refuses. Next itself is not installed here: a handler of a route is a function from
 * `Request` to `Response`, which Node has, too.
 */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.js';
import { compileExample, emptyProject } from '../support/tarball.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const example = join(root, 'examples/next-route');
let project: string;

beforeAll(async () => {
  // The packages that the route itself imports, and tsx.
  project = await emptyProject({ from: join(root, 'examples/server'), packages: ['@types/node'] });
  await cp(join(example, 'app/api'), join(project, 'app/api'), { recursive: true });
  await sharp({ create: { width: 30, height: 20, channels: 3, background: 'teal' } }).toFile(join(project, 'photo.jpg')); // prettier-ignore
});

test('compiles strictly', async () => {
  await compileExample(project, 'app/api/translate/route.ts', '--module', 'esnext', '--moduleResolution', 'bundler'); // prettier-ignore
});

test('the configuration leaves native packages, and the library, to Node', async () => {
  const config = await readFile(join(example, 'next.config.ts'), 'utf8');
  const { dependencies } = JSON.parse(await readFile(join(example, 'package.json'), 'utf8')) as {
    dependencies: object;
  };
  const ofPages = ['next', 'react', 'react-dom'];
  const external = [...config.matchAll(/(?<=[[ ])'([^']+)'(?=[,\]])/g)].map(([, name]) => name);
  expect(external).toEqual(Object.keys(dependencies).filter((name) => !ofPages.includes(name)));
});

test('POST translates images of any size as the library does, and refuses others', async () => {
  const program = `
    import { readFile } from 'node:fs/promises';
    import * as tf from '@tensorflow/tfjs';
    import sharp from 'sharp';
    import { CycleGAN } from 'ts-cyclegan';
    import { fileSystem, readImage } from 'ts-cyclegan/node';
    import { POST } from './app/api/translate/route';

    const send = (body, direction = 'AtoB') =>
      POST(new Request('http://localhost/api/translate?direction=' + direction, { method: 'POST', body, duplex: 'half' }));
    const photo = await readFile('photo.jpg');
    const missing = await send(photo).then(() => 'none', (error) => error.code); // there is no model yet
    const model = new CycleGAN({ inputShape: [32, 32, 3], filters: 2, residualBlocks: 1, seed: 7 });
    await model.save(fileSystem('model'));

    const response = await send(photo, 'BtoA');
    const png = await sharp(Buffer.from(await response.arrayBuffer())).raw().toBuffer({ resolveWithObject: true });
    const expected = await model.translate(await readImage('photo.jpg'), 'BtoA', { anySize: true }).data();
    const distance = Math.max(...png.data.map((level, i) => Math.abs(level - 127.5 * (expected[i] + 1))));
    const tensors = tf.memory().numTensors;
    await send(photo);
    const refused = [];
    for (const answer of [send(photo, 'up'), send('no image'), send(new Blob([new Uint8Array(8_000_001)]))]) {
      const { status } = await answer;
      refused.push([status, (await (await answer).json()).error]);
    }
    console.log(JSON.stringify({
      missing, status: response.status, type: response.headers.get('content-type'), size: [png.info.width, png.info.height],
      distance, leaked: tf.memory().numTensors - tensors, refused,
    }));`;
  await writeFile(join(project, 'program.mts'), program);
  await rm(join(project, 'model'), { recursive: true, force: true });
  const { stdout } = await run('npx', ['tsx', 'program.mts'], { cwd: project });
  const { distance, ...rest } = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
  expect(distance).toBeLessThanOrEqual(1);
  expect(rest).toEqual({
    missing: 'NOT_FOUND',
    status: 200,
    type: 'image/png',
    size: [30, 20],
    leaked: 0,
    refused: [
      [400, 'direction must be AtoB or BtoA'],
      [422, 'the image cannot be read: Input buffer contains unsupported image format'],
      [413, 'an upload may have 8000000 bytes'],
    ],
  });
});
