/** Errors as the user sees them: one line, and an exit code. */
import { CommanderError } from 'commander';
import { isCycleGANError } from '../core/errors.js';
import { exitCodes } from './exit-codes.js';
import { useColours } from './output.js';
import pc from 'picocolors';

/** An error in the form of the output of `--json`. */
export interface Reported {
  code: string;
  message: string;
  exitCode: number;
  /** Lines after the message. */
  more?: string;
}

/** Codes of errors that the command line itself has caused. */
const usage = ['UNKNOWN_OPTION', 'INVALID_OPTION', 'INVALID_ARGUMENT'];

/** Commander's message on one line: `unknown flag --fliters. Did you mean --filters?` */
function parserMessage(message: string, command: string): string {
  const [first, hint] = message.replace(/^error: /, '').split('\n');
  const text = first!
    .replaceAll(/option '([^']+)'/g, 'option $1')
    .replaceAll(/(argument|command) '([^']+)'/g, '$1 "$2"');
  const suggested = hint === undefined ? undefined : /Did you mean (.+)\?\)/.exec(hint)?.[1];
  const ending = suggested === undefined ? `Run ${command} --help.` : `Did you mean ${suggested}?`;
  return `${text.replace(/\.$/, '')}. ${ending}`;
}

/** What to say about an error, and the exit code; undefined if nothing went wrong (`--help`). */
export function describeError(error: unknown, command: string): Reported | undefined {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return undefined;
    if (error.code === 'commander.help') return { code: '', message: '', exitCode: exitCodes.usage };
    const unknown = ['commander.unknownOption', 'commander.unknownCommand'].includes(error.code);
    return {
      code: unknown ? 'UNKNOWN_OPTION' : 'INVALID_ARGUMENT',
      message: parserMessage(error.message, command),
      exitCode: exitCodes.usage,
    };
  }
  if (isCycleGANError(error)) {
    const { code, message } = error;
    return { code, message, exitCode: usage.includes(code) ? exitCodes.usage : exitCodes.failed };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'UNEXPECTED',
    message,
    exitCode: exitCodes.failed,
    more: isDebugging()
      ? String(error instanceof Error ? error.stack : error)
      : 'This error was not expected. Run the command again with DEBUG=ts-cyclegan to see where it comes from, and report ' +
        'it together with the output of "npx ts-cyclegan doctor".',
  };
}

const isDebugging = (): boolean => (process.env.DEBUG ?? '').split(/[\s,]+/).includes('ts-cyclegan');

/** Prints an error on stderr: a line of text, or with `--json` a line of JSON. */
export function printError({ code, message, more }: Reported, json: boolean): void {
  const colour = pc.createColors(useColours(process.stderr));
  const lines = json
    ? JSON.stringify({ error: { code, message } })
    : `${colour.red('error:')} ${message}${more === undefined ? '' : `\n${more}`}`;
  process.stderr.write(`${lines}\n`);
}
