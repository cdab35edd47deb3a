import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin, type Rolldown } from 'vite';

/** Let WebAssembly have threads. Where a server does not send them, the service worker adds them from the second visit on. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * Writes `sw.js`: the service worker with the list of files that it downloads on the first visit. The Worker and the engines are not in
 * it: a device needs one engine only. What it needs is kept when it is downloaded.
 */
function serviceWorker(): Plugin {
  let folder = '';
  return {
    name: 'service-worker',
    apply: 'build',
    enforce: 'post', // after vite has removed empty files
    configResolved: ({ publicDir }) => void (folder = publicDir),
    generateBundle(_, bundle) {
      const shipped = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(folder.length + 1)
            .replaceAll('\\', '/'),
        );
      const styles = Object.keys(bundle).filter((name) => name.endsWith('.css'));
      const files = [...new Set([...programOf(bundle), ...styles, ...shipped])].sort();
      const hash = createHash('sha256').update(files.join('\n'));
      for (const name of shipped) hash.update(readFileSync(join(folder, name)));
      const text = readFileSync(new URL('src/sw.js', import.meta.url), 'utf8')
        .replace("'VERSION'", JSON.stringify(hash.digest('hex').slice(0, 12)))
        .replace('[]', JSON.stringify(['./', ...files]));
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: text });
    },
  };
}

/** The files of the page's program, and of the chart and the zips, which it loads later. */
function programOf(bundle: Rolldown.OutputBundle): string[] {
  const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
  const later = /node_modules\/(uplot|fflate)\//;
  const names = chunks
    .filter(({ isEntry, facadeModuleId }) => isEntry || later.test(facadeModuleId ?? ''))
    .map(({ fileName }) => fileName);
  for (const name of names) {
    // the list grows while it is read
    const { imports } = chunks.find(({ fileName }) => fileName === name)!;
    names.push(...imports.filter((imported) => !names.includes(imported)));
  }
  return names;
}

export default defineConfig({
  base: './', // the built page works in any folder of a site
  appType: 'mpa', // a missing model answers 404, not with the page
  build: { target: 'es2022', chunkSizeWarningLimit: 1500 },
  worker: { format: 'es' },
  server: { headers },
  preview: { headers },
  plugins: [serviceWorker()],
});
