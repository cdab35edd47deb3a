/** Warnings of the library, such as skipped files, as lines of the command. */
import pc from 'picocolors';
import { useColours } from './output.js';

/** Prints warnings as `warning: …`, without Node's process id and advice. */
export function showWarnings(): void {
  process.removeAllListeners('warning'); // Node's own
  process.on('warning', ({ name, message: text }) => {
    const message = text.replace(', or pass onError: "skip"', ''); // the command skips by default
    const colour = pc.createColors(useColours(process.stderr));
    if (name === 'CycleGANWarning') process.stderr.write(`${colour.yellow('warning:')} ${message}\n`);
    else if (process.env.DEBUG !== undefined) process.stderr.write(`${name}: ${message}\n`);
  });
}
