/** `ts-cyclegan watch <run…>`: a page with losses and samples of runs. */
import type { Command } from 'commander';
import { wholeNumber } from '../../core/options.js';
import { checkValue, parseNumber } from '../flags/check.js';
import { print, printJson } from '../output.js';

const example = `
Examples:
  ts-cyclegan watch runs/first             one run, also while it is trained
  ts-cyclegan watch runs/a runs/b --port 8080`;

/** Adds the command. */
export function addWatch(program: Command): void {
  program
    .command('watch')
    .summary('serve a page that shows runs')
    .description(
      'Serves a page with the losses, the learning rate, the speed and the samples of runs, and notes on what goes wrong. ' +
        'It updates while a run is trained. Ctrl-C ends it.',
    )
    .argument('<run...>', 'run folders')
    .option('--port <number>', 'the port (default: 6480, or any free port)')
    .option(
      '--host <address>',
      'the address to listen on. Others than 127.0.0.1 let other machines see the runs',
    )
    .option('--json', 'print one line of JSON')
    .addHelpText('after', example)
    .action(
      async (runs: string[], { port, host, json }: { port?: string; host?: string; json?: boolean }) => {
        const checked =
          port === undefined ? undefined : checkValue('--port', wholeNumber(0, 65535), parseNumber(port));
        const { watch } = await import('../../watch/watch.js');
        const { url, close } = await watch({
          runs,
          ...(checked !== undefined && { port: checked }),
          ...(host !== undefined && { host }),
        });
        if (json === true) printJson({ url });
        else print(`Watching ${runs.join(', ')} at ${url}\nCtrl-C ends it.`);
        await new Promise<void>((resolve) => {
          for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
        });
        await close();
      },
    );
}
