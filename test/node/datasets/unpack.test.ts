/** Archives with entries that no dataset has: they are refused, and nothing is written outside the folder. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { unpack, unpackLimits } from '../../../src/node/datasets/unpack.js';
import { type Member, tar, tarGz, zip } from '../../support/archives.js';
import { emptyFolder } from '../../support/folder.js';

let folder: string;
beforeEach(async () => {
  folder = await emptyFolder();
});

const kinds = { 'set.zip': zip, 'set.tar.gz': tarGz };
type Kind = keyof typeof kinds;
const data = Buffer.from('an image');

async function unpacked(file: string, bytes: Buffer, limits = unpackLimits): Promise<void> {
  const archive = join(folder, file);
  await writeFile(archive, bytes);
  const into = join(folder, 'inner/into');
  await unpack({ where: 'test', name: 'set', archive, file, folder: into, limits, onBytes: () => {} });
}

/** The reason in the message of the error. */
async function refusal(file: string, bytes: Buffer, limits?: typeof unpackLimits): Promise<string> {
  const error = (await unpacked(file, bytes, limits).then(
    () => expect.fail('it was not refused'),
    (reason: unknown) => reason,
  )) as Error & { code: string };
  expect(error.code).toBe('INVALID_DATA');
  const [, reason] =
    /^test: the archive of "set" is refused, because (.*)\. The archive has been removed; try again, or use another mirror \(option "url"\)\.$/.exec(
      error.message,
    ) ?? expect.fail(error.message);
  expect((await readdir(folder)).sort()).toEqual(['inner', file]);
  expect(await readdir(join(folder, 'inner'))).toEqual(['into']);
  return reason!;
}

const bad: [reason: string, member: Member][] = [
  ['leads out of the folder', { name: '../evil.jpg' }],
  ['leads out of the folder', { name: 'set/a/../../../evil.jpg' }],
  ['is not a relative path', { name: '/tmp/evil.jpg' }],
  ['is not a relative path', { name: 'C:/evil.jpg' }],
  ['has a backslash in its name', { name: '..\\evil.jpg' }],
  ['has a control character in its name', { name: 'evil\x07.jpg' }],
  [
    'is a link or a special file',
    { name: 'link', mode: 0o120777, type: '2', linkTo: '/etc', data: Buffer.alloc(0) },
  ],
  ['is a link or a special file', { name: 'device', mode: 0o020666, type: '3', data: Buffer.alloc(0) }],
];

test.each(
  bad.flatMap(([reason, member]) =>
    (['set.zip', 'set.tar.gz'] as const).map((kind) => [kind, member, reason] as const),
  ),
)('%s: %o %s', async (kind, member, reason) => {
  const bytes = kinds[kind]([
    { name: 'set/1.jpg', data },
    { data, ...member },
    { name: 'set/2.jpg', data },
  ]);
  expect(await refusal(kind, bytes)).toBe(`the entry ${JSON.stringify(member.name)} ${reason}`);
  expect(existsSync('/tmp/evil.jpg')).toBe(false);
});

test('a hard link in a tar', async () => {
  const bytes = tarGz([
    { name: 'set/1.jpg', data },
    { name: 'set/2.jpg', type: '1', linkTo: '/etc/passwd' },
  ]);
  expect(await refusal('set.tar.gz', bytes)).toBe('the entry "set/2.jpg" is a link or a special file');
});

test.each(['set.zip', 'set.tar.gz'] as Kind[])('%s: names that occur twice', async (kind) => {
  const twice = [
    { name: 'set/1.jpg', data },
    { name: 'set/1.jpg', data: Buffer.from('another') },
  ];
  expect(await refusal(kind, kinds[kind](twice))).toBe('the entry "set/1.jpg" occurs twice');
});

test.each(['set.zip', 'set.tar.gz'] as Kind[])('%s: a file in the place of a folder', async (kind) => {
  const both = [
    { name: 'set', data },
    { name: 'set/1.jpg', data },
  ];
  expect(await refusal(kind, kinds[kind](both))).toBe('the entry "set/1.jpg" occurs twice');
});

test.each(['set.zip', 'set.tar.gz'] as Kind[])('%s: a bomb', async (kind) => {
  const bytes = kinds[kind]([{ name: 'set/1.png', data: Buffer.alloc(17 * 2 ** 20) }]);
  expect(bytes.length).toBeLessThan(100_000);
  expect(await refusal(kind, bytes)).toBe(`its ${bytes.length} bytes unpack to more than 16777216 bytes`);
});

test.each(['set.zip', 'set.tar.gz'] as Kind[])('%s: too many files', async (kind) => {
  const bytes = kinds[kind](['1', '2', '3', '4'].map((name) => ({ name, data })));
  expect(await refusal(kind, bytes, { ...unpackLimits, entries: 3 })).toBe(
    'it has more than 3 files and folders',
  );
});

test('a zip that claims a smaller size than it unpacks to', async () => {
  const bytes = zip([{ name: '1.jpg', data: Buffer.alloc(1000), size: 10 }]);
  expect(await refusal('set.zip', bytes)).toBe(
    'it is damaged: too many bytes in the stream. expected 10. got at least 1000',
  );
});

const members = Array.from({ length: 20 }, (_, i) => ({ name: `${i}.jpg`, data: Buffer.alloc(5000, i) }));
const noise = members.map(({ name }) => ({ name, data: randomBytes(20_000) }));
function changed(bytes: Buffer, at: number): Buffer {
  bytes[at]! ^= 1;
  return bytes;
}
const page = Buffer.from(`<html>${'moved '.repeat(200)}</html>`);
const notZip =
  'End of central directory record signature not found. Either not a zip file, or file is truncated';
test.each([
  ['a wrong checksum', 'set.zip', zip([{ name: '1.jpg', data, checksum: 1 }]), 'a checksum is wrong'],
  ['an end that is missing', 'set.tar.gz', tarGz(members).subarray(0, -20), 'unexpected end of file'],
  ['an end that is missing', 'set.zip', zip(members).subarray(0, -20), notZip],
  ['half of it missing', 'set.tar.gz', tarGz(noise).subarray(0, 100_000), 'unexpected end of file'],
  ['a byte changed', 'set.tar.gz', changed(tarGz(noise), 100_000), 'incorrect data check'],
  ['half of it missing', 'set.tar.gz', tar(noise).subarray(0, 100_000), 'Truncated input (needed'],
  ['a page of HTML', 'set.zip', page, notZip],
  ['a page of HTML', 'set.tar.gz', page, 'checksum failure'],
  ['no bytes', 'set.zip', Buffer.alloc(0), notZip],
  ['no bytes', 'set.tar.gz', Buffer.alloc(0), 'Unrecognized archive format'],
  ['no entries', 'set.tar.gz', tarGz([]), 'Unrecognized archive format'],
])('%s in %s', async (_, file, bytes, reason) => {
  expect((await refusal(file, bytes)).replace(/ \d+ more.*/, '')).toBe(`it is damaged: ${reason}`);
});

test('a zip without entries', async () => {
  expect(await refusal('set.zip', zip([]))).toBe('it has no files');
});

test('what tools write is unpacked: Unicode names, long names, many files, not compressed', async () => {
  const long = `${'folder/'.repeat(30)}ä 馬.jpg`;
  const source = join(folder, 'source');
  for (const name of ['1.jpg', 'a/b/2.jpg', long]) {
    await mkdir(join(source, name, '..'), { recursive: true });
    await writeFile(join(source, name), name.repeat(5000));
  }
  for (let i = 0; i < 500; i++) await writeFile(join(source, 'a', `${i}.png`), String(i));
  for (const format of ['pax', 'gnu']) {
    const bytes = execFileSync('tar', [`--format=${format}`, '-C', source, '-cf', '-', '.'], {
      maxBuffer: 2 ** 26,
    });
    for (const content of [bytes, gzipSync(bytes)]) {
      const target = await emptyFolder();
      [folder] = [target];
      await unpacked('set.tar.gz', content);
      const read = (name: string) => readFile(join(target, 'inner/into', name), 'utf8');
      for (const name of ['1.jpg', 'a/b/2.jpg', long]) expect(await read(name)).toBe(name.repeat(5000));
      expect(await readdir(join(target, 'inner/into/a'))).toHaveLength(501);
    }
  }
});

// A file system of one megabyte needs the rights of root.
const isRoot = process.getuid?.() === 0 && process.platform === 'linux';
test.skipIf(!isRoot)('a disk that becomes full, as root on Linux', async (context) => {
  const disk = join(folder, 'inner');
  await mkdir(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'pipe' });
  } catch {
    context.skip('this container may not mount');
  }
  onTestFinished(() => void execFileSync('umount', [disk]));
  const error = await unpacked('set.zip', zip([{ name: '1.jpg', data: Buffer.alloc(2 ** 21) }])).catch(
    (e: unknown) => e,
  );
  expect(error).toMatchObject({
    code: 'DISK',
    message:
      `test: cannot write ${JSON.stringify(join(disk, 'into'))}: the disk is full (ENOSPC). ` +
      'The archive is kept. Make space or choose another folder, then try again.',
  });
});
