/** Wrong usage and other errors: one line on stderr, and an exit code. */
import { afterEach, expect, test, vi } from 'vitest';
import { describeError } from '../../src/cli/errors.js';
import { useColours } from '../../src/cli/output.js';
import { CycleGANError } from '../../src/core/errors.js';
import { cli } from './command.js';

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['an unknown command', ['trian'], 'error: unknown command "trian". Did you mean train?\n'],
  [
    'an unknown flag',
    ['doctor', '--fliters', '3'],
    'error: unknown option --fliters. Did you mean --filters?\n',
  ],
  [
    'a flag like no other',
    ['info', 'x', '--zzz'],
    'error: unknown option --zzz. Run npx ts-cyclegan info --help.\n',
  ],
  [
    'an argument that is missing',
    ['info'],
    'error: missing required argument "model|run". Run npx ts-cyclegan info --help.\n',
  ],
  [
    'an argument too many',
    ['info', 'a', 'b'],
    "error: too many arguments for 'info'. Expected 1 argument but got 2. Run npx ts-cyclegan info --help.\n",
  ],
  [
    'a flag without its value',
    ['doctor', '--size'],
    'error: option --size <pixels> argument missing. Run npx ts-cyclegan doctor --help.\n',
  ],
  [
    'a value that is no number',
    ['doctor', '--filters', 'abc'],
    'error: --filters must be a whole number from 1, got "abc".\n',
  ],
  [
    'a value out of range',
    ['doctor', '--size', '8'],
    'error: --size must be a whole number from 16, got 8.\n',
  ],
  [
    'a misspelled engine',
    ['doctor', '--engine', 'onnxrutime'],
    'error: --engine must be "onnxruntime", "webgpu", "cpu" or the name of an installed package that registers a backend of TensorFlow.js, ' +
      'got "onnxrutime". Did you mean "onnxruntime"?\n',
  ],
] as const)('%s', async (_, args, stderr) => {
  vi.stubEnv('NO_COLOR', '1');
  expect(await cli(...args)).toEqual({ code: 2, stdout: '', stderr });
});

test('without a command: the help, on stderr', async () => {
  const { code, stdout, stderr } = await cli();
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^Usage: ts-cyclegan \[options\] \[command\]\n/);
});

test('--json: errors are lines of JSON', async () => {
  const { code, stdout, stderr } = await cli('info', 'nowhere', '--json');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(JSON.parse(stderr)).toEqual({
    error: { code: 'NOT_FOUND', message: 'there is no file or folder "nowhere".' },
  });
  expect(JSON.parse((await cli('doctor', '--jsno', '--json')).stderr)).toEqual({
    error: { code: 'UNKNOWN_OPTION', message: 'unknown option --jsno. Did you mean --json?' },
  });
});

test('an unexpected error says how to report it, and has its stack with DEBUG=ts-cyclegan', () => {
  const error = new TypeError('x is not a function');
  vi.stubEnv('DEBUG', 'other');
  expect(describeError(error, 'ts-cyclegan')).toEqual({
    code: 'UNEXPECTED',
    message: 'x is not a function',
    exitCode: 1,
    more:
      'This error was not expected. Run the command again with DEBUG=ts-cyclegan to see where it comes from, and report it ' +
      'together with the output of "npx ts-cyclegan doctor".',
  });
  vi.stubEnv('DEBUG', 'other,ts-cyclegan');
  expect(describeError(error, 'ts-cyclegan')).toMatchObject({ more: error.stack });
});

test.each([
  ['INVALID_OPTION', 2],
  ['UNKNOWN_OPTION', 2],
  ['INVALID_ARGUMENT', 2],
  ['NOT_FOUND', 1],
  ['INVALID_DATA', 1],
  ['OUT_OF_MEMORY', 1],
] as const)('%s: exit code %i', (code, exitCode) => {
  expect(describeError(new CycleGANError(code, 'text'), '')).toEqual({ code, message: 'text', exitCode });
});

test.each([
  [{ isTTY: true }, {}, true],
  [{ isTTY: false }, {}, false],
  [{ isTTY: true }, { NO_COLOR: '1' }, false],
  [{ isTTY: true }, { NO_COLOR: '' }, true],
  [{ isTTY: true }, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  [{ isTTY: false }, { FORCE_COLOR: '1' }, true],
  [{ isTTY: true }, { FORCE_COLOR: '0' }, false],
  [{ isTTY: true }, { TERM: 'dumb' }, false],
])('colours: %o, %o', (stream, env, expected) => {
  expect(useColours(stream, env)).toBe(expected);
});
