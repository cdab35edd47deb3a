/**
 * Builds the page of `watch` and the program of its server's thread: one HTML file with script and style inside, and one CommonJS file.
 * `tsup` writes both to `dist/watch`; from source, `src/watch/files.ts` builds them in memory.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Metafile } from 'esbuild';

const path = (name: string) => fileURLToPath(new URL(`../src/watch/${name}`, import.meta.url));

/** The source files of a bundle, and the bytes of each. */
type Contents = Metafile['outputs'][string]['inputs'];

/** Adds what the bundle contains to `inputs`. */
async function bundle(inputs: Contents, options: BuildOptions): Promise<string> {
  const { outputFiles, metafile } = await build({
    bundle: true,
    write: false,
    minify: true,
    legalComments: 'none', // THIRD_PARTY.md has the licenses
    charset: 'utf8',
    metafile: true,
    ...options,
  });
  Object.assign(inputs, ...Object.values(metafile!.outputs).map((output) => output.inputs));
  return outputFiles![0]!.text;
}

/** Both files, as text, and what they were made of. */
export async function buildWatch(): Promise<{ page: string; thread: string; inputs: Contents }> {
  const inputs: Contents = {};
  // package.json says that no file has side effects, which is true of the library but not of the page
  const browser = { target: 'es2022', platform: 'browser', format: 'iife', ignoreAnnotations: true } as const;
  const [html, script, style, thread] = await Promise.all([
    readFile(path('page/index.html'), 'utf8'),
    bundle(inputs, { ...browser, entryPoints: [path('page/main.ts')] }),
    bundle(inputs, { ...browser, entryPoints: [path('page/style.css')] }),
    bundle(inputs, {
      entryPoints: [path('server/thread.ts')],
      platform: 'node',
      format: 'cjs',
      target: 'node20',
    }),
  ]);
  const page = html
    .replace('<!-- style -->', () => `<style>${style}</style>`)
    .replace('<!-- script -->', () => `<script>${script.replaceAll('</script', '<\\/script')}</script>`);
  return { page, thread, inputs };
}

/** Writes `page.html` and `thread.cjs`, and next to the folder `metafile-watch.json`. */
export async function writeWatch(folder: string): Promise<void> {
  const { page, thread, inputs } = await buildWatch();
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/page.html`, page);
  await writeFile(`${folder}/thread.cjs`, thread);
  await writeFile(`${folder}/../metafile-watch.json`, JSON.stringify({ outputs: { watch: { inputs } } }));
}
