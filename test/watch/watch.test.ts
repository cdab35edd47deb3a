/** `watch`: the thread, its options and its errors. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RunInfo } from '../../src/watch/protocol.js';
import { watch, type WatchOptions } from '../../src/watch/watch.js';
import { emptyFolder } from '../support/folder.js';
import { readFixture, writeRun } from './fixtures/fixture.js';

const runsAt = async (url: string): Promise<RunInfo[]> =>
  (await (await fetch(new URL('api/runs', url))).json()) as RunInfo[];

async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('answers while the main thread is busy', async () => {
  const folder = join(await emptyFolder(), 'first');
  await writeRun(folder, await readFixture('healthy-gan'));
  const { url, close } = await watch({ runs: [folder], port: 0 });
  onTestFinished(close);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect(await (await fetch(url)).text()).toContain('<title>Training — ts-cyclegan</title>');
  // another process asks, and this thread does nothing else until the answer is there
  const answer = join(await emptyFolder(), 'answer');
  const program =
    `fetch('${url}api/runs').then((r) => r.json()).then(([run]) => ` +
    `require('fs').writeFileSync(${JSON.stringify(answer)}, String(run.step)))`;
  spawn(process.execPath, ['-e', program], { stdio: 'inherit' });
  const started = Date.now();
  let text = '';
  while (text === '' && Date.now() - started < 60_000) {
    if (existsSync(answer)) text = readFileSync(answer, 'utf8');
  }
  expect(text).toBe('600');
});

test('closes, also by a signal', async () => {
  const controller = new AbortController();
  const { url, close } = await watch({ runs: ['nothing'], port: 0, signal: controller.signal });
  expect((await runsAt(url))[0]!.phase).toBe('missing');
  controller.abort();
  await close();
  await close();
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

test('a signal that was aborted before', async () => {
  const { url } = await watch({ runs: ['nothing'], port: 0, signal: AbortSignal.abort() });
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

test('without a port, any free one is used if the usual one is in use', async () => {
  const first = await watch({ runs: ['nothing'] });
  onTestFinished(first.close);
  const second = await watch({ runs: ['nothing'] });
  onTestFinished(second.close);
  expect(second.url).not.toBe(first.url);
  expect((await runsAt(second.url)).length).toBe(1);
});

test('a port in use', async () => {
  const port = await takenPort();
  await expect(watch({ runs: ['nothing'], port })).rejects.toMatchObject({
    code: 'BUSY',
    message: `watch: port ${port} of 127.0.0.1 is in use by another program. End it, or pass another port, or 0 for any free port.`,
  });
});

test.each([
  [
    { runs: ['x'], host: '192.0.2.1', port: 0 },
    'INVALID_OPTION',
    'watch: option "host" must be an address of this machine, got "192.0.2.1". ' +
      'Pass "127.0.0.1" for this machine only, or "0.0.0.0" for all of its addresses.',
  ],
  [
    { runs: [] },
    'INVALID_OPTION',
    'watch: option "runs" must be an array with the path of at least one run folder, got [].',
  ],
  [
    { runs: 'runs/first' },
    'INVALID_OPTION',
    'watch: option "runs" must be an array with the path of at least one run folder, got "runs/first".',
  ],
  [
    { runs: ['a'], port: 70000 },
    'INVALID_OPTION',
    'watch: option "port" must be a whole number from 0 to 65535, got 70000.',
  ],
  [{ runs: ['a'], prot: 1 }, 'UNKNOWN_OPTION', 'watch: unknown option "prot". Did you mean "port"?'],
  [
    undefined,
    'INVALID_OPTION',
    'watch: option "runs" must be an array with the path of at least one run folder, got undefined.',
  ],
])('refuses %j', async (options, code, message) => {
  await expect(watch(options as WatchOptions)).rejects.toMatchObject({ code, message });
});
