/** A second copy of TensorFlow.js, as npm installs one if two packages want versions that do not meet. */
import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { emptyFolder } from './folder.js';

const modules = resolve('node_modules');

/** A folder from which programs get another copy of `packages`, packages of `@tensorflow`, and share everything else. */
export async function secondCopy(packages: readonly string[]): Promise<string> {
  const folder = join(await emptyFolder(), 'node_modules');
  await mkdir(join(folder, '@tensorflow'), { recursive: true });
  for (const name of await readdir(modules)) {
    if (name !== '@tensorflow') await symlink(join(modules, name), join(folder, name));
  }
  for (const name of await readdir(join(modules, '@tensorflow'))) {
    const [from, to] = [modules, folder].map((root) => join(root, '@tensorflow', name)) as [string, string];
    if (packages.includes(name)) await copyForNode(from, to);
    else await symlink(from, to);
  }
  return join(folder, 'program.js');
}

async function copyForNode(from: string, to: string): Promise<void> {
  await mkdir(join(to, 'dist'), { recursive: true });
  await cp(join(from, 'package.json'), join(to, 'package.json'));
  for (const file of await readdir(join(from, 'dist'))) {
    if (file.endsWith('.node.js')) await cp(join(from, 'dist', file), join(to, 'dist', file));
  }
}
