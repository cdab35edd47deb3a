/**
 * The page and the program of the server's thread. The package has them as `dist/watch/page.html` and `dist/watch/thread.cjs`
 * (`scripts/build-watch.ts`); a program that runs from source builds them in memory.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CycleGANError } from '../core/errors.js';

/** Both, as text. */
export interface WatchFiles {
  readonly page: string;
  readonly thread: string;
}

/** The folder of this code: of the sources, or of a file of `dist`, whose name the bundler chose. */
const here = dirname(typeof __filename === 'string' ? __filename : fileURLToPath(import.meta.url));

export async function watchFiles(): Promise<WatchFiles> {
  const root = packageRoot();
  const script = join(root, 'scripts/build-watch.ts');
  if (/[\\/]src[\\/]watch$/.test(here) && existsSync(script)) {
    const { buildWatch } = (await import(pathToFileURL(script).href)) as {
      buildWatch: () => Promise<WatchFiles>;
    };
    return buildWatch();
  }
  const read = (name: string) => readFile(join(root, 'dist/watch', name), 'utf8');
  const [page, thread] = await Promise.all([read('page.html'), read('thread.cjs')]);
  return { page, thread };
}

function packageRoot(): string {
  for (let folder = here; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) break;
  }
  throw new CycleGANError(
    'NOT_FOUND',
    `watch: the files of the page were not found near "${here}". ` +
      'Do not bundle ts-cyclegan: let Node load it from node_modules.',
  );
}
