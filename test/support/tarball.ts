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
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { run } from './run.js';
import { compiler } from './typescript.js';

/** Path of the tarball that this run packed. */
export const tarball = (): string => inject('tarball');

const root = fileURLToPath(new URL('../..', import.meta.url));

const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { version: string } | undefined>;
};

/** `name@version` with the version that this repository has locked. */
function locked(name: string): string {
  const entry = lock.packages[`node_modules/${name}`];
  if (!entry) throw new Error(`${name} is not in package-lock.json: add it to the devDependencies.`);
  return `${name}@${entry.version}`;
}

/**
 * Fills `node_modules` with hard links to all packages of this repository. npm then removes what it does not want, and unpacks only
 * what is missing: a fifth of the time. On another disk than the repository's, where there are no hard links, it unpacks everything.
 */
async function linkPackages(folder: string): Promise<void> {
  // npm writes into the hidden lock, so it is copied, and trusts it if it is newer than the folders, so it comes last
  const link =
    'mkdir node_modules && cp -al "$0"/* "$0"/.bin node_modules && cp "$0"/.package-lock.json node_modules';
  try {
    await run('sh', ['-c', link, join(root, 'node_modules')], { cwd: folder });
  } catch {
    await rm(join(folder, 'node_modules'), { recursive: true, force: true });
  }
}

/** Installs the tarball, and `packages` in their locked versions, into the project in `folder`, which has no packages yet. */
export async function installInto(
  folder: string,
  packages: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<void> {
  await linkPackages(folder);
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
