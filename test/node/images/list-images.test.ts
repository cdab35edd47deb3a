/** What a folder lists, and what it tells of the rest. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { imageFolder } from 'ts-cyclegan/node';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { emptyFolder } from '../../support/folder.js';

/** A folder of empty files. */
async function folderOf(files: readonly string[]): Promise<string> {
  const folder = await emptyFolder();
  for (const file of files) await put(join(folder, file));
  return folder;
}

async function put(path: string | Buffer): Promise<void> {
  if (typeof path === 'string') await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '');
}

/** Names below the folder, in the order of the list, and the warnings of listing it. */
function list(folder: string) {
  const warnings: string[] = [];
  const spy = vi.spyOn(process, 'emitWarning').mockImplementation((text) => {
    warnings.push(String(text).replaceAll(folder, 'FOLDER'));
  });
  onTestFinished(() => {
    spy.mockRestore();
  });
  const { paths, names, skipped, length } = imageFolder(folder);
  expect(names).toEqual(paths.map((path) => relative(folder, path)));
  expect(length).toBe(paths.length);
  spy.mockRestore();
  return {
    names,
    skipped: skipped.map(({ path, reason }) => [relative(folder, path), reason]),
    warnings,
  };
}

test('hidden folders and those of systems are left out, at any depth, without a word', async () => {
  const folder = await folderOf([
    '1.png',
    'sub/2.png',
    '.b.png',
    '.ipynb_checkpoints/1-checkpoint.png',
    '.Trash-1000/files/3.png',
    'sub/.cache/deep/2.png',
    'sub/@eaDir/2.png/SYNOPHOTO_THUMB_M.png',
    '__MACOSX/1.png',
    '#recycle/1.png',
    '$RECYCLE.BIN/1.png',
    '.DS_Store',
  ]);
  expect(list(folder)).toEqual({ names: ['1.png', 'sub/2.png'], skipped: [], warnings: [] });
});

test('a folder below a hidden one can be given', async () => {
  const folder = await folderOf(['.data/trainA/1.png', '.data/trainA/.x/2.png']);
  expect(list(join(folder, '.data/trainA')).names).toEqual(['1.png']);
});

test('every format that sharp reads; the rest is counted', async () => {
  const formats = ['avif', 'gif', 'jfif', 'jpe', 'jpeg', 'jpg', 'png', 'svg', 'tif', 'TIFF', 'webp'];
  const others = ['1.heic', '2.HEIC', '3.heic', 'a/4.heic', 'x.psd', 'y.bmp', 'README'];
  const folder = await folderOf([...formats.map((format) => `a.${format}`), ...others]);
  const { names, skipped, warnings } = list(folder);
  expect(names).toEqual(formats.map((format) => `a.${format}`).sort());
  expect(skipped).toEqual([
    ['1.heic', 'unsupported format .heic'],
    ['2.HEIC', 'unsupported format .heic'],
    ['3.heic', 'unsupported format .heic'],
    ['README', 'unsupported format without extension'],
    ['a/4.heic', 'unsupported format .heic'],
    ['x.psd', 'unsupported format .psd'],
    ['y.bmp', 'unsupported format .bmp'],
  ]);
  expect(warnings).toEqual([
    'imageFolder: "FOLDER" has 11 images, 7 files skipped (unsupported format .heic: 4, ' +
      'unsupported format without extension: 1, unsupported format .psd: 1, unsupported format .bmp: 1).',
  ]);
});

describe('links', () => {
  test('to folders are followed, each real folder once, under its own path first; loops end', async () => {
    const outer = await folderOf([
      'root/b/1.png',
      'root/b/c/2.png',
      'elsewhere/3.png',
      'elsewhere/deep/4.png',
    ]);
    const root = join(outer, 'root');
    await symlink('b', join(root, 'a')); // listed as b
    await symlink('.', join(root, 'loop'));
    await symlink('../..', join(root, 'b/up')); // its other folders are new
    await symlink('../elsewhere/deep', join(root, 'm'));
    await symlink('../elsewhere', join(root, 'n'));
    await symlink('../root', join(outer, 'elsewhere/back'));
    await symlink('../elsewhere', join(root, 'folder.png'));
    // Links have their turn in the order of their names: b/up first, which reaches elsewhere.
    expect(list(root)).toEqual({
      names: ['b/1.png', 'b/c/2.png', 'b/up/elsewhere/3.png', 'b/up/elsewhere/deep/4.png'],
      skipped: [],
      warnings: [],
    });
  });

  test('to files are files; those to nothing are named', async () => {
    const folder = await folderOf(['1.png']);
    await symlink('1.png', join(folder, '2.png'));
    await symlink('missing', join(folder, 'gone.png'));
    await symlink('1.png/inside', join(folder, 'inside.png'));
    await symlink('self.png', join(folder, 'self.png'));
    expect(list(folder)).toEqual({
      names: ['1.png', '2.png'],
      skipped: ['gone.png', 'inside.png', 'self.png'].map((name) => [name, 'dangling link']),
      warnings: [
        'imageFolder: "FOLDER" has 2 images, 3 files skipped ' +
          '(dangling link: 3 ("FOLDER/gone.png", "FOLDER/inside.png", "FOLDER/self.png")).',
      ],
    });
  });
});

test.runIf(process.platform === 'linux')(
  'names that are not UTF-8 are named; U+FFFD itself is a name',
  async () => {
    const folder = await folderOf(['1.png', 'fine\uFFFD.png']);
    await put(Buffer.concat([Buffer.from(join(folder, 'caf')), Buffer.from([0xe9]), Buffer.from('.png')]));
    const latin = Buffer.concat([Buffer.from(join(folder, 'd')), Buffer.from([0xe9])]);
    await mkdir(latin);
    await put(Buffer.concat([latin, Buffer.from('/2.png')]));
    expect(list(folder)).toEqual({
      names: ['1.png', 'fine\uFFFD.png'],
      skipped: [
        ['caf\uFFFD.png', 'undecodable name'],
        ['d\uFFFD', 'undecodable name'],
      ],
      warnings: [
        'imageFolder: "FOLDER" has 2 images, 2 files skipped (undecodable name: 2 ("FOLDER/caf\uFFFD.png", "FOLDER/d\uFFFD")).',
      ],
    });
  },
);
