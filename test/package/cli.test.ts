/** The command `ts-cyclegan` of the packed tarball, in projects that have installed nothing else. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { emptyProject } from '../support/tarball.js';

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

const bin = (folder: string) => join(folder, 'node_modules/.bin/ts-cyclegan');

/** Runs a program to its end, whatever its exit code. */
function ended(command: string, args: readonly string[], cwd: string, env = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...own } = process.env;
    const child = spawn(command, args, { cwd, env: { ...own, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const small = ['--size', '16', '--filters', '2', '--blocks', '1'];
const coloured = (text: string) => text.includes('\u001b[');

describe('installed alone', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await emptyProject();
  });
  const cli = (args: readonly string[], env = {}) => ended(bin(folder), args, folder, env);

  test('help, version and exit codes', async () => {
    const help = await cli(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['train', 'info', 'doctor']) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
      const own = await cli([command, '--help']);
      expect(own).toMatchObject({ code: 0, stderr: '' });
      expect(own.stdout).toMatch(/^Usage: [^]*\nExamples?:\n {2}ts-cyclegan /);
    }
    expect(await cli(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
    expect(await cli(['doctor', '--fliters', '3'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: unknown option --fliters. Did you mean --filters?\n',
    });
    expect(await cli(['info', 'nowhere'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: there is no file or folder "nowhere".\n',
    });
  });

  test('doctor: an engine, sharp, and a measured step, with no other package installed', async () => {
    const { code, stdout, stderr } = await cli(['doctor', '--json', ...small]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = JSON.parse(stdout) as {
      versions: Record<string, string | null>;
      engine: object;
      machine: { memory: { total: number } };
      measured: Record<string, number>;
    };
    expect(Object.values(report.versions)).not.toContain(null);
    expect(report.versions.node).toBe(process.versions.node);
    expect(report.engine).toMatchObject({
      backend: 'onnxruntime',
      package: 'onnxruntime-node',
      version: report.versions['onnxruntime-node'],
      synchronous: true,
    });
    expect(report.measured).toMatchObject({ size: 16, filters: 2, blocks: 1 });
    for (const value of Object.values(report.measured)) expect(value).toBeGreaterThan(0);
  });

  test('colours: none in a pipe, some in a terminal, none with NO_COLOR', async () => {
    const args = ['info', 'nowhere'];
    expect(coloured((await cli(args)).stderr)).toBe(false);
    expect(coloured((await cli(args, { FORCE_COLOR: '1' })).stderr)).toBe(true);
    // script(1) of util-linux runs a command in a terminal. Other systems have another script, or none.
    if (process.platform !== 'linux') return;
    const inTerminal = (env = {}) =>
      ended('script', ['-qec', `${bin(folder)} ${args.join(' ')}`, '/dev/null'], folder, {
        TERM: 'xterm',
        ...env,
      });
    const terminal = await inTerminal();
    expect(terminal.code).toBe(1);
    expect(coloured(terminal.stdout)).toBe(true);
    expect(coloured((await inTerminal({ NO_COLOR: '1' })).stdout)).toBe(false);
  });

  test('a closed pipe ends the command quietly', async () => {
    const { code, stdout, stderr } = await ended(
      'bash',
      ['-c', `set -o pipefail; ${bin(folder)} train --help | head -1`],
      folder,
    );
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'Usage: ts-cyclegan train [options] [data]\n',
      stderr: '',
    });
  });
});

describe('without the optional dependencies', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await emptyProject({ optional: false });
  });
  const cli = (...args: string[]) => ended(bin(folder), args, folder);

  test('doctor says what is missing, and how to install it', async () => {
    const { code, stdout, stderr } = await cli('doctor', '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const { versions, engine, engineError, measured, advice } = JSON.parse(stdout) as Record<
      string,
      unknown
    > & { advice: string[] };
    expect(versions).toMatchObject({
      'onnxruntime-node': null,
      sharp: null,
      '@tensorflow/tfjs-backend-cpu': null,
    });
    expect({ engine, measured }).toEqual({ engine: null, measured: null });
    expect(engineError).toBe(
      'the engine ONNX Runtime is not installed. Run: npm install --ignore-scripts onnxruntime-node\n' +
        'Or pass --engine cpu, which computes in plain JavaScript and is more than a thousand times slower.',
    );
    expect(advice[0]).toBe(
      'Missing: @tensorflow/tfjs-backend-cpu (kernels that ONNX Runtime does not have), onnxruntime-node (the engine), ' +
        'sharp (reads and writes images). Run: npm install --ignore-scripts @tensorflow/tfjs-backend-cpu onnxruntime-node sharp',
    );
  });

  test('a package that is no backend, and one that is not installed', async () => {
    expect((await cli('doctor', '--engine', 'valibot')).stdout).toContain(
      'the package "valibot" registers no backend, or has a copy of @tensorflow/tfjs-core of its own.',
    );
    expect((await cli('doctor', '--engine', '@tensorflow/tfjs-node')).stdout).toContain(
      'the engine @tensorflow/tfjs-node needs the package "@tensorflow/tfjs-node", which is not installed. ' +
        'Run: npm install --ignore-scripts @tensorflow/tfjs-node\n',
    );
  });
});
