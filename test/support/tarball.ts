/**
 * Projects that use the packed tarball, outside of the repository, as a user's would.
 * Only for tests of the vitest project `package`; all folders are removed after the run.
 *
 * ```ts
 * const folder = await emptyProject({ packages: ['@tensorflow/tfjs', 'sharp'] });
 * await run('node', ['program.mjs'], { cwd: folder });
 * ```
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { run } from './run.js';

/** Path of the tarball that this run packed. */
export const tarball = (): string => inject('tarball');

const lock = JSON.parse(await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, { version: string } | undefined>;
};

/** `name@version` with the version that this repository has locked, unless one is given. */
function locked(name: string): string {
  if (name.lastIndexOf('@') > 0) return name;
  const entry = lock.packages[`node_modules/${name}`];
  if (!entry) throw new Error(`${name} is not in package-lock.json: add it to the devDependencies.`);
  return `${name}@${entry.version}`;
}

/** Installs the tarball, and `packages` in their locked versions, into the project in `folder`. */
export async function installInto(
  folder: string,
  packages: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<void> {
  const wanted = [tarball(), ...packages.map(locked)];
  const env = { ONNXRUNTIME_NODE_INSTALL: 'skip' }; // no CUDA libraries, which come from elsewhere than the registry
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...flags, ...wanted], {
    cwd: folder,
    env,
  });
}

/**
 * A new project with the tarball and `packages` installed. `from` is a folder to start from, an
 * example say; without it the project is empty. `optional: false` leaves out the optional dependencies of the tarball.
 */
export async function emptyProject({
  from,
  packages = [],
  optional = true,
}: { from?: string; packages?: readonly string[]; optional?: boolean } = {}): Promise<string> {
  const folder = await mkdtemp(join(inject('workspace'), 'project-'));
  if (from === undefined) await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  else await cp(from, folder, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
  const installed = await installOnce(folder, packages, optional ? [] : ['--omit=optional']);
  // hard links where there are any: tests write to no file of a package
  const link = process.platform === 'linux' ? '-al' : '-a';
  await run('cp', [link, join(installed, 'node_modules'), folder], { cwd: folder });
  return folder;
}

/** Compiles a program of a project strictly, and everything that it imports. */
export async function compileExample(project: string, file: string, ...flags: string[]): Promise<void> {
  const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  const strictly = '--noEmit --strict --skipLibCheck --target es2022 --module nodenext --types node';
  await run('node', [compiler, ...strictly.split(' '), ...flags, file], { cwd: project });
}

/**
 * A folder with these packages installed, and with those of the manifest in `project`. All test files that need the same
 * packages share it: an install takes many seconds.
 */
async function installOnce(
  project: string,
  packages: readonly string[],
  flags: readonly string[],
): Promise<string> {
  const manifest = await readFile(join(project, 'package.json'), 'utf8');
  const { dependencies, devDependencies } = JSON.parse(manifest) as Record<string, unknown>;
  const wanted = JSON.stringify([dependencies, devDependencies, [...packages].sort(), flags]);
  const folder = join(inject('workspace'), `installed-${createHash('sha256').update(wanted).digest('hex')}`);
  const [ready, failed] = [join(folder, 'ready'), join(folder, 'failed')];
  try {
    await mkdir(folder); // fails if another test file has begun
  } catch {
    while (!existsSync(ready) && !existsSync(failed)) await setTimeout(100);
    if (existsSync(failed)) throw new Error(await readFile(failed, 'utf8'));
    return folder;
  }
  try {
    await writeFile(join(folder, 'package.json'), manifest);
    await installInto(folder, packages, flags);
    await writeFile(ready, '');
  } catch (error) {
    await writeFile(failed, String(error));
    throw error;
  }
  return folder;
}
