/** Writes src/backends/onnxruntime/runtime/thread-program.generated.ts: the program of a thread with sessions, as a string. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const path = (name: string) =>
  fileURLToPath(new URL(`../src/backends/onnxruntime/runtime/${name}`, import.meta.url));

/** What the generated file must hold. */
export async function generated(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path('thread-program.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'es2022',
    legalComments: 'none',
  });
  // Comments that name the files would depend on the folder in which the script runs.
  const program = outputFiles[0]!.text.replace(/^\s*\/\/ .*\n/gm, '');
  const escaped = program.replace(/[\\`]|\$\{/g, '\\$&');
  return `// Made by \`npm run generate:thread\` from thread-program.ts: do not edit.\nexport const threadProgram = \`${escaped}\`;\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(path('thread-program.generated.ts'), await generated());
}
