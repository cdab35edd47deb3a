/** Downloads from a server on this machine that cuts, refuses, lies and changes. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { downloadDataset, type DownloadProgress } from 'ts-cyclegan/node';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { obtain } from '../../../src/node/datasets/obtain.js';
import { datasets } from '../../../src/node/datasets/table.js';
import { unpackLimits } from '../../../src/node/datasets/unpack.js';
import { tar, tarGz, zip } from '../../support/archives.js';
import { fileServer, type FileServer } from '../../support/file-server.js';
import { emptyFolder } from '../../support/folder.js';

const images = new Map(
  ['trainA/1.jpg', 'trainA/2.jpg', 'trainB/1.jpg', 'testA/1.jpg', 'testB/1.jpg'].map((name) => [
    name,
    randomBytes(40_000),
  ]),
);
const members = [...images].map(([name, data]) => ({ name: `horse2zebra/${name}`, data }));
const archive = zip([{ name: 'horse2zebra/' }, ...members]);

let folder: string;
let server: FileServer;
beforeEach(async () => {
  folder = await emptyFolder();
  server = await fileServer(archive);
  server.beforeCut = arrived;
});

/** Waits until the bytes up to a position are on the disk. */
const arrived = (position: number) =>
  vi.waitFor(
    async () => {
      const found = await stat(join(folder, 'horse2zebra.zip.part')).catch(() => undefined);
      expect(found?.size ?? 0).toBeGreaterThanOrEqual(position);
    },
    { timeout: 20_000, interval: 5 },
  );

const quick = {
  patience: { attempts: 3, delay: 1, silence: 5000 },
  limits: unpackLimits,
};
const horses = datasets.find(({ name }) => name === 'horse2zebra')!;
/** The entry of horse2zebra, with the size and checksum of the file of this test. */
const entry = (change: Partial<typeof horses> = {}) => {
  const { mirror: _, ...rest } = horses;
  return {
    ...rest,
    url: `${server.url}/horse2zebra.zip`,
    bytes: server.file.length,
    sha256: createHash('sha256').update(server.file).digest('hex'),
    ...change,
  };
};
const get = (
  change: Parameters<typeof entry>[0] = {},
  settings: { force?: boolean; signal?: AbortSignal } = {},
) => obtain(entry(change), { folder, force: false, ...settings }, quick);

async function expectWhole(path: string): Promise<void> {
  expect(path).toBe(join(folder, 'horse2zebra'));
  for (const [name, data] of images) expect(data.equals(await readFile(join(path, name)))).toBe(true);
  expect(await readdir(folder)).toEqual(['horse2zebra']); // nothing else is left
}

/** The message and code of an error of the library, with the address of the server and the folder replaced. */
async function failure(promise: Promise<unknown>): Promise<string> {
  const error = (await promise.then(
    () => expect.fail('it did not throw'),
    (reason: unknown) => reason,
  )) as Error & { code: string };
  return `${error.code}: ${error.message}`.replaceAll(server.url, 'SERVER').replaceAll(folder, 'FOLDER');
}

test('a dataset is downloaded and unpacked, and then there', async () => {
  const seen: DownloadProgress[] = [];
  const options = {
    folder,
    url: `${server.url}/`,
    onProgress: (now: DownloadProgress) => void seen.push(now),
  };
  await expectWhole(await downloadDataset('horse2zebra', options));
  expect(server.paths).toEqual(['/horse2zebra.zip']);
  const total = archive.length;
  expect(seen[0]).toEqual({ phase: 'download', bytes: 0, total });
  expect(seen.filter(({ phase }) => phase === 'download').at(-1)).toEqual({
    phase: 'download',
    bytes: total,
    total,
  });
  expect(seen.at(-1)).toEqual({ phase: 'unpack', bytes: 200_000 });

  seen.length = 0;
  await expectWhole(await downloadDataset('horse2zebra', options));
  expect(seen).toEqual([{ phase: 'present', bytes: 0 }]);
  expect(server.paths).toHaveLength(1);
});

test('the environment names a mirror', async () => {
  vi.stubEnv('TS_CYCLEGAN_DATASETS_URL', server.url);
  onTestFinished(() => void vi.unstubAllEnvs());
  await expectWhole(await downloadDataset('horse2zebra', { folder }));
  vi.stubEnv('TS_CYCLEGAN_DATASETS_URL', 'ftp://mirror');
  expect(await failure(downloadDataset('maps', { folder }))).toBe(
    'INVALID_OPTION: downloadDataset: the environment variable TS_CYCLEGAN_DATASETS_URL must be an address that begins with ' +
      'http:// or https://, got "ftp://mirror".',
  );
});

test('a .tar.gz of pix2pix gets the name of the dataset', async () => {
  server.file = tarGz([
    { name: 'facades/', type: '5' },
    { name: 'facades/train/1.jpg', data: Buffer.from('left and right') },
  ]);
  const path = await downloadDataset('pix2pix-facades', { folder, url: server.url });
  expect(server.paths).toEqual(['/facades.tar.gz']);
  expect(path).toBe(join(folder, 'pix2pix-facades'));
  expect(await readFile(join(path, 'train/1.jpg'), 'utf8')).toBe('left and right');
  expect(await readdir(folder)).toEqual(['pix2pix-facades']);
});

test('a .tar.gz that the server labels as a compressed .tar', async () => {
  const file = gzipSync(tar([{ name: 'night2day/train/1.jpg', data: Buffer.from('both') }]));
  server.answer = (_, response) => {
    response.writeHead(200, { 'Content-Encoding': 'x-gzip', 'Content-Length': file.length }).end(file);
    return true;
  };
  const path = await downloadDataset('night2day', { folder, url: server.url });
  expect(await readFile(join(path, 'train/1.jpg'), 'utf8')).toBe('both');
});

test.each([
  ['in the first bytes', [1]],
  ['in the middle, three times', [60_000, 70_000, 1000]],
  ['before the last byte', [archive.length - 1]],
  ['before the first byte', [0, 0]],
])('a connection that is cut %s is resumed', async (_, cuts) => {
  server.cuts = cuts;
  await expectWhole(await get());
  let have = 0;
  const expected = cuts.map((cut) => `bytes=${(have += cut)}-`);
  expect(server.ranges).toEqual([
    undefined,
    ...expected.map((range) => (range === 'bytes=0-' ? undefined : range)),
  ]);
});

test('Last-Modified stands in for an ETag; a weak ETag does not promise equal bytes', async () => {
  server.etag = 'W/"weak"';
  server.lastModified = 'Wed, 29 Mar 2017 17:58:19 GMT';
  server.cuts = [50_000];
  await expectWhole(await get());
  expect(server.ranges).toEqual([undefined, 'bytes=50000-']);
});

test('without a validator, a cut download begins again', async () => {
  server.etag = undefined;
  server.cuts = [50_000];
  await expectWhole(await get());
  expect(server.ranges).toEqual([undefined, undefined]);
});

test('a server that refuses ranges sends the whole file again', async () => {
  server.acceptsRanges = false;
  server.cuts = [50_000];
  await expectWhole(await get());
  expect(server.ranges).toEqual([undefined, 'bytes=50000-']);
});

test('a file that changes during the download is downloaded again, with none of its old bytes', async () => {
  const old = zip([{ name: 'horse2zebra/old.jpg', data: randomBytes(300_000) }]);
  server.file = old;
  server.cuts = [100_000];
  server.answer = (_, __, count) => {
    if (count === 2) [server.file, server.etag] = [archive, '"second"'];
    return false;
  };
  await expectWhole(await downloadDataset('horse2zebra', { folder, url: server.url }));
  expect(server.ranges).toEqual([undefined, 'bytes=100000-']);
});

test.each([
  ['another part', { 'Content-Range': `bytes 7-${archive.length - 1}/${archive.length}` }],
  ['a part of another size', { 'Content-Range': `bytes 50000-60000/60001` }],
  ['a part without a place', {}],
])('a server that sends %s is asked for the whole file', async (_, headers) => {
  server.cuts = [50_000];
  server.answer = (_request, response, count) => {
    if (count !== 2) return false;
    response.writeHead(206, headers as Record<string, string>).end('nonsense');
    return true;
  };
  await expectWhole(await get());
  expect(server.ranges).toEqual([undefined, 'bytes=50000-', undefined]);
});

test('an aborted download keeps its bytes; the next call resumes', async () => {
  const stop = new AbortController();
  server.answer = (_, response, count) => {
    if (count > 1) return false;
    response.writeHead(200, { 'Content-Length': archive.length, ETag: '"first"' });
    response.write(archive.subarray(0, 90_000), () => void arrived(90_000).then(() => stop.abort()));
    return true; // the rest never comes
  };
  await expect(get({}, { signal: stop.signal })).rejects.toThrow('This operation was aborted');
  expect((await readdir(folder)).sort()).toEqual(['horse2zebra.zip.part', 'horse2zebra.zip.part.json']);
  await expectWhole(await get());
  expect(server.ranges).toEqual([undefined, 'bytes=90000-']);
});

test('an abort while unpacking leaves the archive and nothing else', async () => {
  const stop = new AbortController();
  const onProgress = ({ phase, bytes }: DownloadProgress) => {
    if (phase === 'unpack' && bytes > 50_000) stop.abort();
  };
  const running = downloadDataset('horse2zebra', {
    folder,
    url: server.url,
    signal: stop.signal,
    onProgress,
  });
  await expect(running).rejects.toThrow('This operation was aborted');
  expect((await readdir(folder)).sort()).toEqual(['horse2zebra.zip.part', 'horse2zebra.zip.part.json']);
  await expectWhole(await downloadDataset('horse2zebra', { folder, url: server.url }));
  expect(server.ranges).toEqual([undefined]); // it was whole
});

test('a call with an aborted signal does nothing', async () => {
  await expect(get({}, { signal: AbortSignal.abort() })).rejects.toThrow('This operation was aborted');
  expect(await readdir(folder)).toEqual([]);
});

test('an error of onProgress ends the download, and is not taken for one of the network', async () => {
  const fault = new Error('of the program');
  const onProgress = () => {
    throw fault;
  };
  await expect(downloadDataset('horse2zebra', { folder, url: server.url, onProgress })).rejects.toBe(fault);
  expect(server.ranges).toHaveLength(1);
});

test('a server that goes silent counts as cut', async () => {
  server.answer = (_, response, count) => {
    if (count > 1) return false;
    response.writeHead(200, { 'Content-Length': archive.length, ETag: '"first"' });
    response.write(archive.subarray(0, 1000));
    return true;
  };
  const reasons: (string | undefined)[] = [];
  const settings = {
    folder,
    force: false,
    onProgress: ({ reason }: DownloadProgress) => void reasons.push(reason),
  };
  const patience = { ...quick.patience, silence: 100 };
  await expectWhole(await obtain(entry(), settings, { ...quick, patience }));
  expect(reasons.filter((reason) => reason !== undefined)).toEqual([
    'the server sent nothing for 0.1 seconds',
  ]);
});

test('500 and 503 are tried again, also with Retry-After', async () => {
  server.answer = (_, response, count) => {
    if (count > 2) return false;
    response.writeHead(count === 1 ? 500 : 503, { 'Retry-After': '0' }).end('busy');
    return true;
  };
  await expectWhole(await get());
});

test('a server that only fails', async () => {
  server.answer = (_, response) => {
    response.writeHead(500).end();
    return true;
  };
  expect(await failure(get())).toBe(
    'NETWORK: downloadDataset: the download failed ("SERVER/horse2zebra.zip": HTTP 500 Internal Server Error). ' +
      'Try again later: it resumes where it ended.',
  );
  expect(server.ranges).toHaveLength(3);
  expect(await readdir(folder)).toEqual([]);
});

test('nobody listens', async () => {
  expect(await failure(get({ url: 'http://127.0.0.1:1/horse2zebra.zip' }))).toBe(
    'NETWORK: downloadDataset: the download failed ("http://127.0.0.1:1/horse2zebra.zip": bad port). ' +
      'Try again later: it resumes where it ended.',
  );
});

test('a file that is nowhere', async () => {
  server.answer = (_, response) => {
    response.writeHead(404).end('not here');
    return true;
  };
  const mirror = `${server.url}/copy/horse2zebra.zip`;
  expect(await failure(get({ mirror }))).toBe(
    'NOT_FOUND: downloadDataset: no server has the file ("SERVER/horse2zebra.zip": HTTP 404 Not Found; ' +
      '"SERVER/copy/horse2zebra.zip": HTTP 404 Not Found). Pass the address of a mirror as option "url".',
  );
  expect(server.paths).toEqual(['/horse2zebra.zip', '/copy/horse2zebra.zip']);
});

test('the mirror stands in for a server that does not have the file', async () => {
  server.answer = ({ url }, response) => {
    if (url!.startsWith('/copy')) return false;
    response.writeHead(404).end();
    return true;
  };
  await expectWhole(await get({ mirror: `${server.url}/copy/horse2zebra.zip` }));
});

test('redirects are followed', async () => {
  server.answer = ({ url }, response) => {
    if (url !== '/horse2zebra.zip') return false;
    response.writeHead(302, { Location: '/elsewhere' }).end();
    return true;
  };
  server.cuts = [undefined, 50_000];
  await expectWhole(await get());
  expect(server.paths).toEqual(['/horse2zebra.zip', '/elsewhere', '/horse2zebra.zip', '/elsewhere']);
});

test('a file of another size than known is refused before a byte is written', async () => {
  expect(await failure(get({ bytes: 116867962 }))).toBe(
    `INVALID_DATA: downloadDataset: "SERVER/horse2zebra.zip" has ${archive.length} bytes, expected 116867962: the file on the ` +
      'server has changed. To use it unchecked, pass the part of the address before the file name as option "url".',
  );
  expect(await readdir(folder)).toEqual([]);
});

test('a file with another checksum than known is removed', async () => {
  const got = createHash('sha256').update(archive).digest('hex');
  expect(await failure(get({ sha256: horses.sha256! }))).toBe(
    `INVALID_DATA: downloadDataset: the archive of "horse2zebra" has the SHA-256 ${got}, expected ${horses.sha256}. It was damaged ` +
      'on the way, or has changed on the server. The archive has been removed; try again, or use another mirror (option "url").',
  );
  expect(await readdir(folder)).toEqual([]);
});

test('a Content-Length that is too large: the file never becomes whole', async () => {
  server.answer = ({ headers }, response) => {
    if (headers.range !== undefined) return false; // 416
    response.writeHead(200, { 'Content-Length': archive.length + 10, ETag: '"first"' });
    response.write(archive, () => void arrived(archive.length).finally(() => response.destroy()));
    return true;
  };
  const running = obtain(entry({ bytes: archive.length + 10 }), { folder, force: false }, quick);
  expect(await failure(running)).toBe(
    'NETWORK: downloadDataset: the download failed ("SERVER/horse2zebra.zip": HTTP 416 Range Not Satisfiable). ' +
      'Try again later: it resumes where it ended.',
  );
  expect((await readdir(folder)).filter((name) => !name.startsWith('horse2zebra.zip.part'))).toEqual([]);
});

test('a Content-Length that is too small: the archive is cut short, and refused', async () => {
  server.answer = (_, response) => {
    response.writeHead(200, { 'Content-Length': archive.length - 10, ETag: '"first"' });
    response.end(archive.subarray(0, archive.length - 10));
    return true;
  };
  expect(await failure(downloadDataset('horse2zebra', { folder, url: server.url }))).toBe(
    'INVALID_DATA: downloadDataset: the archive of "horse2zebra" is refused, because it is damaged: End of central directory record ' +
      'signature not found. Either not a zip file, or file is truncated. The archive has been removed; try again, or use ' +
      'another mirror (option "url").',
  );
  expect(await readdir(folder)).toEqual([]);
});

test('a file that is larger than the disk is refused before a byte is written', async () => {
  server.answer = (_, response) => {
    response.writeHead(200, { 'Content-Length': 2 ** 50 }).flushHeaders();
    return true;
  };
  const message = await failure(downloadDataset('horse2zebra', { folder, url: server.url }));
  expect(message.replace(/has \d+ bytes/, 'has N bytes')).toBe(
    'DISK: downloadDataset: cannot write "FOLDER/horse2zebra.zip.part": 1125899906842624 bytes are needed, the disk has N bytes left. ' +
      'The downloaded bytes are kept. Make space, then try again: it resumes where it ended.',
  );
  expect(await readdir(folder)).toEqual([]);
});

test('two calls at once: the second is refused, the first is not disturbed', async () => {
  const [first, second] = [get(), get()];
  const refused = await Promise.any([first, second].map((call) => failure(call)));
  expect(refused).toBe(
    `BUSY: downloadDataset: Process ${process.pid} on "${hostname()}" is downloading "horse2zebra" into "FOLDER". Wait until it has ` +
      'ended. If there is no such process, remove "FOLDER/horse2zebra.lock".',
  );
  await expectWhole(await Promise.any([first, second]));
});

test('another process is downloading', async () => {
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  onTestFinished(() => void holder.kill());
  const lock = join(folder, 'horse2zebra.lock');
  await writeFile(lock, JSON.stringify({ pid: holder.pid, host: hostname() }));
  expect(await failure(get())).toBe(
    `BUSY: downloadDataset: Process ${holder.pid} on "${hostname()}" is downloading "horse2zebra" into "FOLDER". Wait until it has ` +
      'ended. If there is no such process, remove "FOLDER/horse2zebra.lock".',
  );
  // on another host, only the age of the file shows whether its owner is alive
  await writeFile(lock, JSON.stringify({ pid: holder.pid, host: 'elsewhere' }));
  expect(await failure(get())).toContain(`Process ${holder.pid} on "elsewhere" is downloading`);
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(lock, longAgo, longAgo);
  await expectWhole(await get());
});

test('a process that is killed again and again leaves nothing half-made, and the next one resumes', async () => {
  server.file = zip(
    members.map((member) => ({ ...member, data: Buffer.concat([member.data, randomBytes(10)]) })),
  );
  const program = `import { downloadDataset } from ${JSON.stringify(join(process.cwd(), 'src/node/datasets/download.ts'))};
    await downloadDataset('horse2zebra', { folder: ${JSON.stringify(folder)}, url: ${JSON.stringify(server.url)} });`;
  const start = () =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { stdio: 'inherit' });
  let killAt = 0;
  server.beforeCut = async (position) => {
    await arrived(position);
    await new Promise(() => {}); // the connection stays open until the process is killed
  };
  server.cuts = [30_000, 60_000];
  for (const bytes of server.cuts) {
    const child = start();
    await arrived((killAt += bytes!));
    child.kill('SIGKILL');
    await once(child, 'close');
    expect((await readdir(folder)).sort()).toEqual([
      'horse2zebra.lock',
      'horse2zebra.zip.part',
      'horse2zebra.zip.part.json',
    ]);
  }
  // as if a process had been killed while it unpacked
  await mkdir(join(folder, 'horse2zebra.unpacking/horse2zebra/trainA'), { recursive: true });
  await writeFile(join(folder, 'horse2zebra.unpacking/horse2zebra/trainA/half.jpg'), 'half');
  const child = start();
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(await readdir(folder)).toEqual(['horse2zebra']);
  expect(await readdir(join(folder, 'horse2zebra/trainA'))).toEqual(['1.jpg', '2.jpg']);
  expect(server.ranges).toEqual([undefined, 'bytes=30000-', 'bytes=90000-']);
});

test('force replaces the folder when the new one is whole', async () => {
  const path = join(folder, 'horse2zebra');
  await mkdir(path);
  await writeFile(join(path, 'old.jpg'), 'old');
  expect(await get()).toBe(path);
  expect(await readdir(path)).toEqual(['old.jpg']);

  server.answer = (_, response) => {
    response.writeHead(404).end();
    return true;
  };
  await expect(get({}, { force: true })).rejects.toThrow('no server has the file');
  expect(await readdir(path)).toEqual(['old.jpg']);

  server.answer = () => false;
  await expectWhole(await get({}, { force: true }));
  expect((await readdir(path)).sort()).toEqual(['testA', 'testB', 'trainA', 'trainB']);
});

test('a process that was killed while it replaced the folder: the old one comes back', async () => {
  await mkdir(join(folder, 'horse2zebra.old'));
  await writeFile(join(folder, 'horse2zebra.old/old.jpg'), 'old');
  expect(await readdir(await get())).toEqual(['old.jpg']);
  expect(server.ranges).toEqual([]);
});

test('a process that was killed at the end leaves an archive and temporary files, which the next call removes', async () => {
  await get();
  const id = 'e02867f1-645d-40e4-bf62-6be58dc7f0e3';
  await writeFile(join(folder, 'horse2zebra.zip.part'), '12345');
  await writeFile(join(folder, 'horse2zebra.zip.part.json'), JSON.stringify({ url: server.url, total: 5 }));
  await writeFile(join(folder, `horse2zebra.zip.part.json.${id}.tmp`), '');
  await expectWhole(await get());
  // bytes of a download that has not ended, for example with force, are kept
  await writeFile(join(folder, 'horse2zebra.zip.part'), '123');
  await writeFile(join(folder, 'horse2zebra.zip.part.json'), JSON.stringify({ url: server.url, total: 5 }));
  await get();
  expect((await readdir(folder)).sort()).toEqual([
    'horse2zebra',
    'horse2zebra.zip.part',
    'horse2zebra.zip.part.json',
  ]);
});

test('an empty folder is filled, a file in its place is refused', async () => {
  await mkdir(join(folder, 'horse2zebra'));
  await expectWhole(await get());
  await writeFile(join(folder, 'maps'), '');
  expect(await failure(downloadDataset('maps', { folder, url: server.url }))).toBe(
    'INVALID_ARGUMENT: downloadDataset: "FOLDER/maps" must become a folder, but is a file. Remove it, or choose another folder.',
  );
});

test('names, options and datasets that are not offered', async () => {
  expect(await failure(downloadDataset('horse2zbra'))).toBe(
    'INVALID_ARGUMENT: downloadDataset: name must be that of a dataset, got "horse2zbra". Did you mean "horse2zebra"?',
  );
  expect(await failure(downloadDataset('cityscapes', { folder }))).toBe(
    'UNSUPPORTED: downloadDataset: "cityscapes" cannot be downloaded: The authors of CycleGAN no longer offer it, because of ' +
      "Cityscapes' licence. Register at the source. Source: https://www.cityscapes-dataset.com/",
  );
  expect(await failure(downloadDataset('maps', { folder, url: 'mirror' }))).toBe(
    'INVALID_OPTION: downloadDataset: option "url" must be an address that begins with http:// or https://, got "mirror".',
  );
  expect(await failure(downloadDataset('maps', { fold: '.' } as object))).toBe(
    'UNKNOWN_OPTION: downloadDataset: unknown option "fold". Did you mean "folder"?',
  );
  expect(await readdir(folder)).toEqual([]);
});
