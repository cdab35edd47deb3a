/**
 * Builds the page of `watch` and the program of its server's thread: one HTML file with script and style inside, and one CommonJS file.
 * `tsup` writes both to `dist/watch`; from source, `src/watch/files.ts` builds them in memory.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';

const path = (name: string) => fileURLToPath(new URL(`../src/watch/${name}`, import.meta.url));

async function bundle(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    bundle: true,
    write: false,
    minify: true,
    legalComments: 'none', // THIRD_PARTY.md has the licenses
    charset: 'utf8',
    ...options,
  });
  return outputFiles![0]!.text;
}

/** Both files, as text. */
export async function buildWatch(): Promise<{ page: string; thread: string }> {
  // package.json says that no file has side effects, which is true of the library but not of the page
  const browser = { target: 'es2022', platform: 'browser', format: 'iife', ignoreAnnotations: true } as const;
  const [html, script, style, thread] = await Promise.all([
    readFile(path('page/index.html'), 'utf8'),
    bundle({ ...browser, entryPoints: [path('page/main.ts')] }),
    bundle({ ...browser, entryPoints: [path('page/style.css')] }),
    bundle({ entryPoints: [path('server/thread.ts')], platform: 'node', format: 'cjs', target: 'node20' }),
  ]);
  const page = html
    .replace('<!-- style -->', () => `<style>${style}</style>`)
    .replace('<!-- script -->', () => `<script>${script.replaceAll('</script', '<\\/script')}</script>`);
  return { page, thread };
}

/** Writes `page.html` and `thread.cjs`. */
export async function writeWatch(folder: string): Promise<void> {
  const { page, thread } = await buildWatch();
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/page.html`, page);
  await writeFile(`${folder}/thread.cjs`, thread);
}
