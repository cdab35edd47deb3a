/** File systems that cannot flush, and disks that fail. */
import { writeFile, lstat, open, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeFileAtomically } from '../../../src/node/files/write-file.js';
import { emptyFolder } from '../../support/folder.js';

/** Lets fsync of files or folders fail with a code, as file systems do that cannot, or disks that are broken. */
async function failingSync(of: 'folders' | 'files', code: string): Promise<void> {
  const handle = await open('.', 'r');
  const proto = Object.getPrototypeOf(handle) as { sync: () => Promise<void>; stat: typeof handle.stat };
  await handle.close();
  const { sync } = proto;
  onTestFinished(() => void (proto.sync = sync));
  proto.sync = async function () {
    const isFolder = (await this.stat()).isDirectory();
    if (isFolder === (of === 'folders')) throw Object.assign(new Error(`${code}: fsync`), { code });
    await sync.call(this);
  };
}

test.each(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM', 'EACCES', 'EBADF', 'EISDIR', 'ENOTTY'])(
  'a folder that cannot be flushed, %s, is written to all the same',
  async (code) => {
    const path = join(await emptyFolder(), 'new', 'file');
    await failingSync('folders', code);
    await writeFileAtomically(path, 'text');
    expect(await readFile(path, 'utf8')).toBe('text');
  },
);

test.each(['EINVAL', 'ENOTSUP', 'ENOSYS'])('so is a file, %s', async (code) => {
  const path = join(await emptyFolder(), 'file');
  await failingSync('files', code);
  await writeFileAtomically(path, 'text');
  expect(await readFile(path, 'utf8')).toBe('text');
});

test.each(['EIO', 'ENOSPC', 'EDQUOT'])(
  'an error of the disk, %s, is passed on; the old file stays',
  async (code) => {
    const folder = await emptyFolder();
    const path = join(folder, 'file');
    await writeFile(path, 'old');
    await failingSync('files', code);
    await expect(writeFileAtomically(path, 'new')).rejects.toThrow(`${code}: fsync`);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file']);
  },
);

test("a file is flushed where FileHandle.sync is not implemented, as in Yarn's Plug'n'Play", async () => {
  const path = join(await emptyFolder(), 'file');
  const handle = await open('.', 'r');
  const proto = Object.getPrototypeOf(handle) as { sync: () => Promise<void> };
  await handle.close();
  const { sync } = proto;
  onTestFinished(() => void (proto.sync = sync));
  proto.sync = () => {
    throw new Error('Method not implemented.');
  };
  await writeFileAtomically(path, 'text');
  expect(await readFile(path, 'utf8')).toBe('text');
});

test('an error of the disk below the folder is passed on', async () => {
  const path = join(await emptyFolder(), 'file');
  await failingSync('folders', 'EIO');
  await expect(writeFileAtomically(path, 'new')).rejects.toThrow('EIO: fsync');
});

test('a symbolic link stays one: the file behind it is replaced', async () => {
  const folder = await emptyFolder();
  await writeFile(join(folder, 'file'), 'old');
  await symlink('file', join(folder, 'link'));
  await writeFileAtomically(join(folder, 'link'), 'new');
  expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true);
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('new');
});
