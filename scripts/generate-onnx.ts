/** Writes src/onnx/onnx-proto.generated.ts: readers and writers for the messages of src/onnx/onnx.proto, by pbf. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const path = (name: string) => fileURLToPath(new URL(`../src/onnx/${name}`, import.meta.url));

/** What the generated file must hold. */
export function generated(): string {
  const compiler = join(createRequire(import.meta.url).resolve('pbf'), '../bin/pbf');
  const code = execFileSync(process.execPath, [compiler, path('onnx.proto')], { encoding: 'utf8' });
  return `// Made by \`npm run generate:onnx\`: do not edit. pbf writes plain JavaScript: encode.ts and decode.ts give it types.\n/* eslint-disable */\n// @ts-nocheck\n${code}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(path('onnx-proto.generated.ts'), generated());
}
