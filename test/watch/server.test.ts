/** The server of the page: real requests about real folders. */
import { appendFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emptyFolder } from '../support/folder.js';
import { readFixture, sheetPng, writeRun } from './fixtures/fixture.js';
import { serving, somePage } from './serve.js';

const line = (step: number, values: object = {}) =>
  `${JSON.stringify({ step, epoch: 1, D: step / 10, lr: 2e-4, seconds: step / 2, ...values })}\n`;

async function runWith(metrics: string): Promise<string> {
  const folder = join(await emptyFolder(), 'first');
  await mkdir(folder);
  await writeFile(join(folder, 'metrics.jsonl'), metrics);
  return folder;
}

test('describes a run', async () => {
  const folder = join(await emptyFolder(), 'first');
  await writeRun(folder, await readFixture('healthy-pix2pix'));
  const { runs } = await serving([folder]);
  const [run] = await runs();
  const { age, version, samples, columns, speed, ...rest } = run!;
  expect(rest).toEqual({
    id: 0,
    name: 'first',
    phase: 'ready',
    algorithm: 'pix2pix',
    adversarial: null,
    engine: 'onnxruntime',
    created: '2026-01-31T12:00:00.000Z',
    totalSteps: 600,
    totalEpochs: null,
    step: 600,
    epoch: 2,
    seconds: rest.seconds,
    brokenLines: 0,
    notes: [],
  });
  expect(samples.map(({ step }) => step)).toEqual(Array.from({ length: 13 }, (_, i) => 50 * i));
  expect(Object.keys(columns)).toEqual(['G_GAN', 'G_L1', 'D_real', 'D_fake', 'lr', 'memory']);
  expect(columns.lr).toEqual({ last: 0.0002, min: 0.0002, max: 0.0002 });
  expect(age).toBeGreaterThanOrEqual(0);
  expect(version).toBe('1.1');
  expect(speed).toBeGreaterThan(1);
});

describe('metrics', () => {
  test('appended lines are read, a line without its end waits', async () => {
    const folder = await runWith(line(1) + line(2));
    const { runs, curves } = await serving([folder]);
    expect((await runs())[0]!.step).toBe(2);
    const [start, end] = [line(3).slice(0, 20), line(3).slice(20)];
    await appendFile(join(folder, 'metrics.jsonl'), start);
    expect((await runs())[0]!.step).toBe(2);
    await appendFile(join(folder, 'metrics.jsonl'), end);
    expect((await runs())[0]!).toMatchObject({ step: 3, brokenLines: 0 });
    expect((await curves(0)).columns.D).toEqual({
      value: [0.1, 0.2, 0.3],
      min: [0.1, 0.2, 0.3],
      max: [0.1, 0.2, 0.3],
    });
  });

  test('broken lines are counted and skipped', async () => {
    const broken = [
      '{"step":2,"D":0.',
      'null',
      '[1]',
      '"x"',
      '{"D":1}',
      '{"step":"3"}',
      '{"step":-1}',
      'é\0',
    ];
    const { runs, curves } = await serving([
      await runWith(line(1) + broken.map((b) => `${b}\n`).join('') + '\n' + line(4)),
    ]);
    expect((await runs())[0]!).toMatchObject({ step: 4, brokenLines: broken.length });
    expect((await curves(0)).steps).toEqual([1, 4]);
  });

  test('a line that is too long does not fill the memory', async () => {
    const folder = await runWith(`${line(1)}${'x'.repeat(3 << 20)}\n${line(2)}`);
    const { runs } = await serving([folder]);
    expect((await runs())[0]!).toMatchObject({ step: 2, brokenLines: 1 });
  });

  test('NaN and null are gaps', async () => {
    const folder = await runWith(`${line(1)}{"step":2,"D":NaN,"seconds":1}\n{"step":3,"D":null}\n${line(4)}`);
    const { runs, curves } = await serving([folder]);
    expect((await curves(0)).steps).toEqual([]); // nothing has been read yet
    expect((await runs())[0]!).toMatchObject({
      brokenLines: 0,
      columns: { D: { last: 0.4, min: 0.1, max: 0.4 } },
    });
    expect((await curves(0)).columns.D!.value).toEqual([0.1, null, null, 0.4]);
  });

  test('steps that a resumed run repeats replace the old ones', async () => {
    const folder = await runWith([1, 2, 3, 4, 5].map((step) => line(step)).join(''));
    const { runs, curves } = await serving([folder]);
    await runs();
    await appendFile(join(folder, 'metrics.jsonl'), line(3, { D: 9 }) + line(4, { D: 8 }));
    await runs();
    const { steps, columns } = await curves(0);
    expect(steps).toEqual([1, 2, 3, 4]);
    expect(columns.D!.value).toEqual([0.1, 0.2, 9, 8]);
  });

  test('a run that is started anew replaces the old one', async () => {
    const folder = await runWith([1, 2, 3].map((step) => line(step)).join(''));
    const { runs } = await serving([folder]);
    expect((await runs())[0]!.step).toBe(3);
    await writeFile(join(folder, 'new'), line(1));
    await rename(join(folder, 'new'), join(folder, 'metrics.jsonl'));
    expect((await runs())[0]!.step).toBe(1);
    await writeFile(join(folder, 'metrics.jsonl'), '');
    expect((await runs())[0]!).toMatchObject({ step: 0, phase: 'empty' });
  });

  test('a folder that does not exist yet, and one that vanishes', async () => {
    const folder = join(await emptyFolder(), 'later');
    const { runs, curves } = await serving([folder]);
    expect((await runs())[0]!).toMatchObject({
      phase: 'missing',
      name: 'later',
      step: 0,
      notes: [],
      samples: [],
    });
    expect(await curves(0)).toEqual({ steps: [], columns: {} });
    await mkdir(folder);
    expect((await runs())[0]!.phase).toBe('empty');
    await writeRun(folder, await readFixture('healthy-gan'));
    expect((await runs())[0]!).toMatchObject({ phase: 'ready', step: 600 });
    await rm(folder, { recursive: true });
    expect((await runs())[0]!).toMatchObject({ phase: 'missing', step: 0, samples: [] });
    await mkdir(folder);
    await writeFile(join(folder, 'metrics.jsonl'), line(1));
    expect((await runs())[0]!).toMatchObject({ phase: 'ready', step: 1 });
  });

  test('names tell runs apart', async () => {
    const { runs } = await serving(['/x/a/run', '/x/b/run', '/x/c/other']);
    expect((await runs()).map(({ name }) => name)).toEqual(['a/run', 'b/run', 'c/other']);
  });
});

describe('curves', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => line(i + 1, { D: i % 2 ? 1 : 3 })).join('');

  test('have at most the requested count of points, with mean, smallest and largest value', async () => {
    const { runs, curves } = await serving([await runWith(many(1000))]);
    await runs();
    const { steps, columns } = await curves(0, '?points=100');
    expect(steps.slice(0, 3)).toEqual([15, 31, 47]); // groups of 16, from multiples of 16
    expect(steps.length).toBe(63);
    expect(columns.D!.min.slice(1, 4)).toEqual([1, 1, 1]);
    expect(columns.D!.max.slice(1, 4)).toEqual([3, 3, 3]);
    expect(columns.D!.value.slice(1, 4)).toEqual([2, 2, 2]);
    expect(columns.speed!.value.at(-1)).toBe(2);
  });

  test('a part of the run', async () => {
    const { runs, curves } = await serving([await runWith(many(1000))]);
    await runs();
    expect((await curves(0, '?from=500&to=503')).steps).toEqual([500, 501, 502, 503]);
    expect((await curves(0, '?from=5000')).steps).toEqual([]);
  });

  test('smoothing is a moving average without the bias of its start', async () => {
    const { runs, curves } = await serving([
      await runWith([4, 4, 4, 8].map((D, i) => line(i + 1, { D })).join('')),
    ]);
    await runs();
    // weights 1, ½, ¼, ⅛ of the values from the last one on, divided by their sum
    const last = (8 + 4 / 2 + 4 / 4 + 4 / 8) / (1 + 1 / 2 + 1 / 4 + 1 / 8);
    const { value } = (await curves(0, '?smoothing=2')).columns.D!;
    expect(value).toEqual([4, 4, 4, Number(last.toPrecision(5))]);
  });

  test('an answer for a long run is small', async () => {
    const { runs, get, curves } = await serving([await runWith(many(50_000))]);
    expect((await runs())[0]!.step).toBe(50_000);
    const { body } = await get('/api/runs/0/curves?points=600&smoothing=100');
    expect(body.length).toBeLessThan(60_000);
    expect((await curves(0, '?points=600')).steps.length).toBe(391); // of 128 steps each
  });
});

describe('events', () => {
  test('tell which runs have changed', async () => {
    const [one, two] = [await runWith(line(1)), await runWith(line(1))];
    const { port, runs } = await serving([one, two]);
    await runs();
    const response = await fetch(`http://127.0.0.1:${port}/api/events`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toContain('event: hello');
    await appendFile(join(two, 'metrics.jsonl'), line(2));
    expect((await reader.read()).value).toBe('event: change\ndata: [1]\n\n');
    await reader.cancel();
  });

  test('end with the server', async () => {
    const { port, close } = await serving([await runWith(line(1))]);
    const response = await fetch(`http://127.0.0.1:${port}/api/events`);
    const text = response.text();
    await close();
    await text.then(
      (all) => expect(all).toContain('hello'),
      (error: unknown) => expect(String(error)).toContain('terminated'),
    );
  });
});

describe('samples', () => {
  test('are sent as they are', async () => {
    const folder = join(await emptyFolder(), 'first');
    await writeRun(folder, await readFixture('healthy-gan'));
    const { runs, get } = await serving([folder]);
    const { samples } = (await runs())[0]!;
    const plain = await get('/api/runs/0/samples/200.png');
    expect(plain.body).toEqual(await sheetPng(200));
    expect(plain.headers).toMatchObject({ 'content-type': 'image/png', 'cache-control': 'no-store' });
    const versioned = await get(`/api/runs/0/samples/200.png?v=${samples[4]!.version}`);
    expect(versioned.headers['cache-control']).toBe('private, max-age=31536000, immutable');
    expect((await get('/api/runs/0/samples/201.png')).status).toBe(404);
  });

  test('new ones appear, and statistics may come later', async () => {
    const folder = await runWith([401, 402, 403].map((step) => line(step)).join(''));
    const { runs } = await serving([folder]);
    expect((await runs())[0]!.samples).toEqual([]);
    await mkdir(join(folder, 'samples'));
    for (const step of [400, 500, 600]) {
      await writeFile(join(folder, `samples/step-00000${step}.png`), await sheetPng(step));
    }
    const first = (await runs())[0]!;
    expect([first.samples.map(({ step }) => step), first.notes]).toEqual([[400, 500, 600], []]);
    for (const step of [400, 500, 600]) {
      const stats = [{ direction: 'AtoB', inputFakeCorrelation: -0.9 }];
      await writeFile(join(folder, `samples/step-00000${step}.json`), JSON.stringify({ step, stats }));
    }
    expect((await runs())[0]!.notes.map(({ title }) => title)).toEqual(['Colours are inverted, A to B']);
  });
});

describe('safety', () => {
  const headers = {
    'content-security-policy':
      "default-src 'none'; script-src 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='; " +
      "style-src 'sha256-wW1sHjGdsK8OaXPPKE10uW1z91ZHDMZ0xFTgkmCjNBA='; img-src 'self' data:; connect-src 'self'; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-store',
  };

  test('headers', async () => {
    const { get } = await serving([await runWith(line(1))]);
    for (const path of ['/', '/api/runs', '/nothing']) {
      const answer = await get(path, { origin: 'http://other.example' });
      expect(answer.headers).toMatchObject({
        ...headers,
        'content-security-policy': expect.stringContaining(
          "default-src 'none'; script-src 'sha256-",
        ) as string,
      });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    expect((await get('/')).body.toString()).toBe(somePage);
    expect((await get('/')).headers['content-type']).toBe('text/html; charset=UTF-8');
  });

  test.each([
    'other.example',
    'other.example:PORT',
    '127.0.0.1.other.example:PORT',
    'localhost',
    '127.0.0.1:1',
    '192.168.0.1:PORT',
    '[::2]:PORT',
  ])('refuses the host %j', async (host) => {
    const { get, port } = await serving([await runWith(line(1))]);
    const answer = await get('/api/runs', { host: host.replace('PORT', String(port)) });
    expect(answer.status).toBe(403);
    expect(answer.body.toString()).toBe('This server answers requests to its own address only.\n');
    expect(answer.headers['content-type']).toBe('text/plain; charset=UTF-8');
  });

  test.each(['127.0.0.1:PORT', 'localhost:PORT', 'LOCALHOST:PORT', '[::1]:PORT'])(
    'accepts the host %j',
    async (host) => {
      const { get, port } = await serving([await runWith(line(1))]);
      expect((await get('/api/runs', { host: host.replace('PORT', String(port)) })).status).toBe(200);
    },
  );

  test('on all addresses, other names are still refused', async () => {
    const { get, port } = await serving([await runWith(line(1))], { host: '0.0.0.0' });
    const status = async (host: string) => (await get('/api/runs', { host: `${host}:${port}` })).status;
    expect(await status('192.168.0.1')).toBe(200);
    expect(await status(hostname())).toBe(200);
    expect(await status('other.example')).toBe(403);
  });

  test('a request without a valid host is refused', async () => {
    const { get, port } = await serving([await runWith(line(1))]);
    expect((await get('/api/runs', { host: `localhost:${port}@other` })).status).toBe(400);
  });

  test('only GET', async () => {
    const { get } = await serving([await runWith(line(1))]);
    expect((await get('/api/runs', {}, 'POST')).status).toBe(405);
    expect((await get('/api/runs', {}, 'HEAD')).status).toBe(200);
  });

  test.each([
    '/../package.json',
    '/api/runs/../../config.json',
    '/api/runs/1/curves',
    '/api/runs/-1/curves',
    '/api/runs/__proto__/curves',
    '/api/runs/0/samples/..%2f..%2fconfig.json',
    '/api/runs/0/samples/%2e%2e/config.json',
    '/api/runs/0/samples/step-00000001.png',
    '/api/runs/0/samples/1.png%00',
    '/api/runs/0/config.json',
  ])('%s is not found', async (path) => {
    const { get, runs } = await serving([await runWith(line(1))]);
    await runs();
    const answer = await get(path);
    expect([answer.status, answer.body.toString()]).toEqual([404, 'Not found.\n']);
  });

  test('symbolic links out of the run folder are not followed', async () => {
    const outside = await runWith(line(7));
    await mkdir(join(outside, 'samples'));
    await writeFile(join(outside, 'samples/step-00000001.png'), await sheetPng(1));
    await writeFile(join(outside, 'config.json'), '{"algorithm":"secret"}');
    const folder = join(await emptyFolder(), 'run');
    await mkdir(join(folder, 'samples'), { recursive: true });
    for (const name of ['metrics.jsonl', 'config.json', 'samples/step-00000001.png']) {
      await symlink(join(outside, name), join(folder, name));
    }
    const { runs, get } = await serving([folder]);
    expect((await runs())[0]!).toMatchObject({ phase: 'empty', algorithm: null, samples: [] });
    expect((await get('/api/runs/0/samples/1.png')).status).toBe(404);
    await rm(join(folder, 'samples'), { recursive: true });
    await symlink(join(outside, 'samples'), join(folder, 'samples'));
    expect((await runs())[0]!.samples).toEqual([]);
    // a link to the run folder itself is what the user asked for
    await symlink(outside, join(folder, 'link'));
    const linked = await serving([join(folder, 'link')]);
    expect((await linked.runs())[0]!).toMatchObject({ step: 7, algorithm: 'secret' });
  });

  test('a run that ends by epochs ends after a number of steps, if their length is known', async () => {
    const folder = await runWith(line(1));
    await writeFile(join(folder, 'config.json'), '{"plan":{"epochs":2,"stepsPerEpoch":3}}');
    const { runs } = await serving([folder]);
    expect((await runs())[0]!).toMatchObject({ step: 1, totalSteps: 6, totalEpochs: 2 });
  });

  test('a damaged config.json leaves its values out', async () => {
    const folder = await runWith(line(1));
    await writeFile(join(folder, 'config.json'), '{"algorithm":');
    const { runs } = await serving([folder]);
    expect((await runs())[0]!).toMatchObject({ phase: 'ready', algorithm: null });
    await writeFile(join(folder, 'config.json'), '{"algorithm":5,"trainer":[],"limits":{"steps":"x"}}');
    expect((await runs())[0]!).toMatchObject({ algorithm: null, totalSteps: null, totalEpochs: null });
  });
});
