/** examples/server under load: what it translates, what it refuses, how much memory it takes, and how it stops. */
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { started, type Started } from '../support/installed-command.js';
import { run } from '../support/run.js';
import { compileExample, emptyProject } from '../support/tarball.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let project: string;
let server: Started;
let url: string;

/** Saves a model, and the translations of two files in both directions, computed by the library alone. */
const program = `
import * as tf from '@tensorflow/tfjs';
import { CycleGAN } from 'ts-cyclegan';
import { fileSystem, readImage, writeImage } from 'ts-cyclegan/node';
const model = new CycleGAN({ inputShape: [32, 32, 3], filters: 4, residualBlocks: 1, seed: 7 });
await model.save(fileSystem('model'));
for (const name of ['small', 'odd']) for (const direction of ['AtoB', 'BtoA']) {
  const image = model.translate(await readImage(name + '.png'), direction, { anySize: true });
  await writeImage(name + '-' + direction + '.png', image);
}`;

/** A PNG file of noise, whose size is known from its pixels: noise cannot be compressed. */
function noise(width: number, height: number, seed = 1): Promise<Buffer> {
  let state = seed;
  const next = () => (state = Math.imul(state, 1664525) + 1013904223) >>> 24;
  const data = Uint8Array.from({ length: width * height * 3 }, next);
  return sharp(data, { raw: { width, height, channels: 3 } }).png().toBuffer(); // prettier-ignore
}

beforeAll(async () => {
  project = await emptyProject({ from: join(root, 'examples/server'), packages: ['@types/node'] });
  await writeFile(join(project, 'small.png'), await noise(32, 32));
  await writeFile(join(project, 'odd.png'), await noise(50, 37));
  await writeFile(join(project, 'program.mjs'), program);
  await run('node', ['program.mjs'], { cwd: project });
  ({ server, url } = await start(120)); // 200 uploads take long on a busy machine
});
afterAll(() => server.child.kill('SIGKILL'));

/** Starts a server that waits `patience` seconds for its clients. */
async function start(patience: number): Promise<{ server: Started; url: string }> {
  const flags = ['--model', 'model', '--port', '0', '--uploads', '24', '--bytes', '60000', '--pixels', '120000', '--patience', String(patience)]; // prettier-ignore
  const server = started('node', ['--import', 'tsx', 'server.ts', ...flags], project);
  while (!server.printed.stdout.includes('\n') && server.child.exitCode === null) await setTimeout(50);
  return { server, url: /http:\S+/.exec(server.printed.stdout)![0] };
}

const send = (body: Buffer | ReadableStream, direction = 'AtoB', type = 'image/png') =>
  fetch(`${url}/translate?direction=${direction}`, {
    method: 'POST',
    body: body as Buffer<ArrayBuffer>,
    headers: { 'content-type': type },
    duplex: 'half', // for streams, which the types of Node's fetch do not know
  } as RequestInit);

const health = async (of = url) =>
  (await (await fetch(`${of}/health`)).json()) as {
    status: string;
    accepted: number;
    memory: number;
    images: number;
    batches: number;
  };

const levels = async (file: Buffer) => await sharp(file).raw().toBuffer();

test('compiles strictly', async () => {
  await compileExample(project, 'server.ts');
});

test.each(['AtoB', 'BtoA'])('translates as the library does: %s', async (direction) => {
  for (const name of ['small', 'odd']) {
    const response = await send(await readFile(join(project, `${name}.png`)), direction);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png']);
    const got = await levels(Buffer.from(await response.arrayBuffer()));
    const expected = await levels(await readFile(join(project, `${name}-${direction}.png`)));
    expect(got.length).toBe(expected.length);
    expect(Math.max(...got.map((level, i) => Math.abs(level - expected[i]!)))).toBeLessThanOrEqual(1);
  }
});

test('JPEG and WebP, grey, transparent and rotated images', async () => {
  const blank = (channels: 3 | 4) =>
    sharp({ create: { width: 40, height: 24, channels, background: { r: 90, g: 80, b: 9, alpha: 0.5 } } });
  const files: [string, Buffer][] = [
    ['image/jpeg', await blank(3).greyscale().jpeg().toBuffer()],
    ['image/webp', await blank(4).webp().toBuffer()],
    ['image/jpeg', await blank(3).withMetadata({ orientation: 6 }).jpeg().toBuffer()],
  ];
  const sizes = files.map(async ([type, file]) => {
    const response = await send(file, 'AtoB', type);
    const { width, height } = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
    return [response.status, width, height];
  });
  expect(await Promise.all(sizes)).toEqual([[200, 40, 24], [200, 40, 24], [200, 24, 40]]); // prettier-ignore
});

test('refuses what it cannot translate, and says why', async () => {
  const answer = async (response: Promise<Response>) => {
    const { status, headers, ...rest } = await response.then(async (got) => ({
      status: got.status,
      headers: got.headers,
      body: (await got.json()) as { error: string },
    }));
    expect(headers.get('content-type')).toBe('application/json');
    return [status, rest.body.error];
  };
  const good = await noise(32, 32);
  const large = await noise(150, 150); // 67 KB
  const wide = await sharp({ create: { width: 5000, height: 5000, channels: 3, background: 'red' } })
    .png({ palette: true })
    .toBuffer();
  /** An upload that does not say how long it is. */
  const stream = () => new Blob([new Uint8Array(200_000)]).stream();
  expect(await answer(fetch(`${url}/`))).toEqual([404, 'there are /translate and /health']);
  expect(await answer(fetch(`${url}/translate`))).toEqual([405, 'send the image with POST']);
  expect(await answer(send(good, 'AtoC'))).toEqual([400, 'direction must be AtoB or BtoA']);
  expect(await answer(send(good, 'AtoB', 'text/plain'))).toEqual([
    415,
    'content-type must be one of image/jpeg, image/png, image/webp, got text/plain',
  ]);
  expect(await answer(send(await sharp(good).gif().toBuffer()))).toEqual([
    415,
    'the image must be one of jpeg, png, webp, got gif',
  ]);
  expect(await answer(send(large))).toEqual([413, 'an upload may have 60000 bytes']);
  expect(await answer(send(stream()))).toEqual([413, 'an upload may have 60000 bytes']);
  expect(wide.length).toBeLessThan(60_000);
  expect(await answer(send(wide))).toEqual([413, 'an image may have 120000 pixels, got 5000 × 5000']);
  expect(await answer(send(Buffer.from('no image')))).toEqual([
    422,
    'the image cannot be read: Input buffer contains unsupported image format',
  ]);
  const [status, error] = await answer(send(good.subarray(0, 1000))); // its header is whole
  expect([status, error]).toEqual([422, expect.stringMatching(/^the image cannot be decoded: /)]);
  expect((await send(good)).status).toBe(200); // the server goes on
});

/** Sends an upload until it is accepted. Returns how often it was refused. */
async function sendPatiently(file: Buffer): Promise<number> {
  for (let refused = 0; ; refused++) {
    const response = await send(file);
    if (response.status !== 503) {
      expect(response.status).toBe(200);
      expect((await sharp(Buffer.from(await response.arrayBuffer())).metadata()).width).toBe(120);
      return refused;
    }
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toEqual({ error: 'too many uploads wait' });
    await setTimeout(200 + 20 * (refused % 40));
  }
}

test('200 uploads at the same time: all are translated, in batches, in bounded memory', async () => {
  const file = await noise(120, 120); // 43 KB
  await Promise.all(Array.from({ length: 10 }, () => sendPatiently(file))); // compiles, and fills caches
  const before = await health();
  const peaks: number[] = [];
  const watch = { isDone: false };
  const watching = (async () => {
    while (!watch.isDone) {
      const { memory, accepted } = await health(); // answered while the model computes
      expect(accepted).toBeLessThanOrEqual(24);
      peaks.push(memory);
      await setTimeout(100);
    }
  })();
  const uploads = Promise.all(Array.from({ length: 200 }, () => sendPatiently(file)));
  const refused = await uploads.finally(() => (watch.isDone = true));
  await watching;
  const after = await health();
  expect(after.images - before.images).toBe(200);
  expect(after.batches - before.batches).toBeLessThan(150);
  expect(Math.max(...refused)).toBeGreaterThan(0); // back-pressure
  expect(after.accepted).toBe(0);
  expect(Math.max(...peaks) - before.memory).toBeLessThan(150e6);
});

/** Sends the beginning of an upload and then nothing. */
function sendPart(to: string) {
  const socket = connect(Number(new URL(to).port), '127.0.0.1');
  socket.write(
    'POST /translate HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\ncontent-length: 5000\r\n\r\npart',
  );
  let answer = '';
  socket.on('data', (data) => (answer += data.toString()));
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(answer)));
  socket.on('error', () => undefined);
  return { socket, closed };
}

const until = async (test: () => Promise<boolean>) => {
  while (!(await test())) await setTimeout(50);
};

test('a slow client is disconnected, and clients that leave free their places', async () => {
  const { server, url } = await start(8);
  onTestFinished(() => void server.child.kill('SIGKILL'));
  const accepted = (count: number) => until(async () => (await health(url)).accepted === count);
  const slow = sendPart(url);
  const leaving = Array.from({ length: 20 }, () => sendPart(url));
  await accepted(21);
  for (const { socket } of leaving) socket.destroy();
  await accepted(1);
  expect(await slow.closed).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
  await accepted(0);
});

test('SIGTERM: what was accepted is answered, and the process ends', async () => {
  const file = await noise(120, 120);
  const uploads = Array.from({ length: 20 }, () => send(file));
  await until(async () => (await health()).accepted > 0);
  const { accepted, images } = await health();
  server.child.kill('SIGTERM');
  const answers = await Promise.allSettled(uploads.map(async (upload) => (await upload).status));
  const statuses = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'refused'));
  const translated = statuses.filter((status) => status === 200).length;
  expect(translated).toBeGreaterThanOrEqual(accepted);
  expect(statuses.filter((status) => ![200, 503, 'refused'].includes(status))).toEqual([]);
  expect(images).toBeGreaterThan(0);
  expect(await server.closed).toEqual({
    code: 0,
    stdout: `listening on ${url}\nSIGTERM: answering what was accepted\nstopped\n`,
    stderr: '',
  });
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});
