/**
 * The benchmark: `npm run bench -- --help`. Machines are noisy, so compare only results of one sitting.
 */
import { settingsFrom } from './settings.js';

try {
  const settings = settingsFrom(process.argv.slice(2));
  const { run } = await import('./modes.js'); // loads TensorFlow.js, which takes a second
  await run(settings);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
