/**
 * Python environments of the peers, one for each requirements file in `peers/`. They are created with the Python in PYTHON when first
 * needed, and again if the file changes. pip's settings say where packages come from.
 */
import { readFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../test/support/run.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, 'node_modules/.cache/ts-cyclegan-bench');

/** The path of a peer's program. */
export const peerProgram = (name: string): string => join(root, 'bench/peers', `${name}_peer.py`);

/** Creates the environment of bench/peers/requirements-NAME.txt if needed. Returns its Python. */
export async function pythonOf(name: string, log: (line: string) => void): Promise<string> {
  const requirements = join(root, 'bench/peers', `requirements-${name}.txt`);
  const wanted = await readFile(requirements, 'utf8');
  const folder = join(cache, name);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const stamp = join(folder, 'installed.txt');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return python;

  log(`installing ${wanted.trim().split('\n').join(', ')}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  const { PYTHON = 'python3' } = process.env;
  await run(PYTHON, ['-m', 'venv', folder], { cwd: root });
  await run(python, ['-m', 'pip', 'install', '--quiet', '--no-input', '-r', requirements], { cwd: root });
  await writeFile(stamp, wanted);
  return python;
}
