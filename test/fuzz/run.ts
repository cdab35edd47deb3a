/** `npm run fuzz -- --help` */
import * as tf from '@tensorflow/tfjs';
import { useBackend } from '../golden/backends.js';
import { fuzz, printed } from './fuzz.js';
import { settingsFrom } from './settings.js';

async function main(): Promise<boolean> {
  const settings = settingsFrom(process.argv.slice(2), console.log);
  if (settings === undefined) return true;
  tf.enableProdMode();
  await useBackend(settings.backend);
  const all = settings.programs + settings.convolutions;
  const found = fuzz(settings, (tried, one) => {
    if (one !== undefined) console.log(`\n${printed(one)}\n`);
    if (tried % 500 === 0) console.log(`${tried} of ${all}`);
  });
  console.log(`${all} programs, ${found.length} of them differ`);
  return found.length === 0;
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
