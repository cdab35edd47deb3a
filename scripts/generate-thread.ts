/** Writes the programs of threads as strings: `<name>.generated.ts` next to `<name>.ts`. */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** The programs, and the names of their strings. */
export const programs: Readonly<Record<string, string>> = {
  'src/backends/onnxruntime/runtime/thread-program.ts': 'threadProgram',
  'src/node/runs/checkpoint-program.ts': 'checkpointProgram',
};

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** The path of the generated file of a program. */
export const generatedPath = (program: string): string => path(program.replace(/ts$/, 'generated.ts'));

/** What the generated file of a program must hold. */
export async function generated(program: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path(program)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'es2022',
    legalComments: 'none',
  });
  // Comments that name the files would depend on the folder in which the script runs.
  const text = outputFiles[0]!.text.replace(/^\s*\/\/ .*\n/gm, '');
  const escaped = text.replace(/[\\`]|\$\{/g, '\\$&');
  return (
    `// Made by \`npm run generate:thread\` from ${basename(program)}: do not edit.\n` +
    `export const ${programs[program]} = \`${escaped}\`;\n`
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const program of Object.keys(programs))
    writeFileSync(generatedPath(program), await generated(program));
}
