/**
 * Projects that use the packed tarball, outside of the repository, as a user's would.
 * Only for tests of the vitest project `package`; all folders are removed after the run.
 *
 * ```ts
 * const folder = await emptyProject({ packages: ['@tensorflow/tfjs', 'sharp'] });
 * await run('node', ['program.mjs'], { cwd: folder });
 * ```
 */
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  await installInto(folder, packages, optional ? [] : ['--omit=optional']);
  return folder;
}
