/** `npm run golden -- <folder> [--backend <name>] [--kinds a,b]`: see cases/README.md, "The runner". */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { useBackend } from './backends.js';
import { runFolder } from './runner.js';

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { backend: { type: 'string', default: 'cpu' }, kinds: { type: 'string' } },
  });
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) {
    throw new Error('usage: npm run golden -- <folder> [--backend <name>] [--kinds a,b]');
  }
  tf.enableProdMode();
  console.log(`backend ${await useBackend(values.backend)}`);
  return runFolder(folder, values.kinds?.split(','), console.log);
}

main().then(
  (ok) => {
    process.exitCode = ok ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
