#!/usr/bin/env node
/** The command `ts-cyclegan`: runs it, and turns errors into messages and exit codes. */
import { describeError, printError } from './errors.js';
import { createProgram } from './program.js';
import { watchPipes } from './closed-pipe.js';

/** The command of the arguments, for hints: `ts-cyclegan train`. */
const commandOf = (args: readonly string[], names: readonly string[]): string =>
  ['ts-cyclegan', ...args.filter((word) => names.includes(word)).slice(0, 1)].join(' ');

async function main(args: readonly string[]): Promise<void> {
  watchPipes();
  const program = createProgram((code) => (process.exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    const command = commandOf(args, program.commands.map((one) => one.name())); // prettier-ignore
    const reported = describeError(error, command);
    if (reported === undefined) return;
    if (reported.message !== '') printError(reported, args.includes('--json'));
    process.exitCode = reported.exitCode;
  }
}

await main(process.argv.slice(2));
