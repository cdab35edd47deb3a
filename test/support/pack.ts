/**
 * Global setup of the `package` tests: packs the library as npm would publish it, once a run.
 * The build happens in a copy, so neither a stale `dist` nor another run beside this one matters.
 * Tests get at the tarball through `test/support/tarball.ts`.
 */
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { run } from './run.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A folder outside of the repository that is removed after the run. */
    workspace: string;
    /** Path of the packed tarball. */
    tarball: string;
  }
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const packed =
  /^(src|scripts|package\.json|tsconfig(\.build)?\.json|tsup\.config\.ts|README\.md|CHANGELOG\.md|LICENSE|THIRD_PARTY\.md)(\/|$)|^$/;

export default async function setup(project: TestProject) {
  const workspace = await mkdtemp(join(tmpdir(), 'ts-cyclegan-'));
  const remove = () => rm(workspace, { recursive: true, force: true });
  try {
    const folder = join(workspace, 'pack');
    await cp(root, folder, { recursive: true, filter: (path) => packed.test(path.slice(root.length)) });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
    const { stdout } = await run('npm', ['pack', '--silent'], { cwd: folder });
    project.provide('workspace', workspace);
    project.provide('tarball', join(folder, stdout.trim()));
  } catch (error) {
    await remove(); // vitest calls the teardown only of a setup that succeeded
    throw error;
  }
  return remove;
}
