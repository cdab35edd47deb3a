/** Runs a command line, and turns errors into messages and exit codes. */
import { describeError, printError } from './errors.js';
import { exitCodes } from './exit-codes.js';
import { createProgram } from './program.js';

/** The command of the arguments, for hints: `npx ts-cyclegan train`. */
const commandOf = (args: readonly string[], names: readonly string[]): string =>
  ['npx ts-cyclegan', ...args.filter((word) => names.includes(word)).slice(0, 1)].join(' ');

/**
 * Runs the command.
 *
 * @param args the arguments, without Node and the program
 * @returns the exit code
 */
export async function run(args: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = createProgram((code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    const names = program.commands.map((command) => command.name());
    const reported = describeError(error, commandOf(args, names));
    if (reported === undefined) return exitCodes.done;
    if (reported.message !== '') printError(reported, args.includes('--json'));
    return reported.exitCode;
  }
}
