/** The command `ts-cyclegan` of the packed tarball, in projects that have installed nothing else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { bin, ended } from '../support/installed-command.js';
import { emptyProject } from '../support/tarball.js';

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
    for (const command of ['train', 'translate', 'generate', 'datasets', 'watch', 'info', 'doctor']) {
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

  // Vulkan drivers are named by a variable, so this machine can be one without.
  test.runIf(process.platform === 'linux')(
    'doctor --engine webgpu on a machine without a driver',
    async () => {
      const env = { VK_ICD_FILENAMES: '/nowhere', VK_DRIVER_FILES: '/nowhere' };
      const { code, stdout } = await cli(['doctor', '--engine', 'webgpu', '--json', ...small], env);
      expect(code).toBe(1);
      const { engine, engineError } = JSON.parse(stdout) as { engine: null; engineError: string };
      expect(engine).toBeNull();
      expect(engineError).toMatch(
        /^registerOnnxRuntimeBackend: option "executionProviders" is \["webgpu"\], which does not start on this machine\. ONNX Runtime says: .*No supported adapters\..* "cpu" works everywhere\.$/,
      );
    },
  );

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

  describe('train, translate and the rest, in a folder of images', () => {
    beforeAll(async () => {
      for (const [i, name] of ['trainA', 'trainB', 'testA', 'testB'].entries()) {
        await mkdir(join(folder, 'data', name), { recursive: true });
        for (const level of [40, 120, 200]) {
          const background = { r: level, g: 60 * i, b: 90 };
          await sharp({ create: { width: 24, height: 20, channels: 3, background } }).toFile(
            join(folder, 'data', name, `${level}.png`),
          );
        }
      }
      await writeFile(join(folder, 'data/testB/broken.png'), 'no image');
    });

    /** Starts a training without an end, and calls `act` when it has done a step. */
    async function training(out: string, act: (child: ChildProcess) => Promise<void> | void) {
      const child = spawn(bin(folder), ['train', 'data', ...small, '--steps', '100000', '--out', out], {
        cwd: folder,
      });
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      const closed = new Promise<{ code: number | null; signal: string | null; stderr: string }>((resolve) =>
        child.on('close', (code, signal) => resolve({ code, signal, stderr })),
      );
      const metrics = join(folder, out, 'metrics.jsonl');
      while (child.exitCode === null && !(existsSync(metrics) && readFileSync(metrics).length > 0))
        await setTimeout(50);
      await act(child);
      return closed;
    }
    const metricsOf = (out: string) =>
      readFileSync(join(folder, out, 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { step: number });

    test('train, info, translate: exit code 3 if a file fails', async () => {
      const trained = await cli(['train', 'data', ...small, '--steps', '4', '--seed', '7']);
      expect(trained).toMatchObject({ code: 0 });
      expect(trained.stdout).toMatch(
        /^Training cyclegan on 3 images of A, 3 images of B from .*, for 4 steps\.\n/,
      );
      expect(trained.stdout).toContain(
        '\nSamples: runs/data/samples. Model: runs/data/model.\nNext: npx ts-cyclegan translate runs/data photo.jpg\n',
      );
      expect(trained.stderr).toMatch(
        /^step 4 of 4 \| \d+\.\d\d s\/step \| 0:00 left \| D .* \| G .* \| cycle .* \| idt .*\n$/m,
      );
      expect(metricsOf('runs/data').map(({ step }) => step)).toEqual([1, 2, 3, 4]);
      expect((await cli(['info', 'runs/data'])).stdout).toMatch(/^progress +step 4 of 4, /m);

      expect(await cli(['translate', 'runs/data', 'data/testA', '--out', 'a'])).toMatchObject({
        code: 0,
        stdout:
          '1/3 a/40.png\n2/3 a/120.png\n3/3 a/200.png\n3 translated, 0 skipped because their results exist, 0 failed. Results: a\n',
        stderr: '',
      });
      const partly = await cli([
        'translate',
        'runs/data',
        'data/testB',
        '--direction',
        'BtoA',
        '--out',
        'b',
        '--json',
      ]);
      expect(partly).toMatchObject({ code: 3, stderr: '' });
      expect(JSON.parse(partly.stdout.trim().split('\n').at(-1)!)).toMatchObject({
        event: 'end',
        translated: 3,
        failed: [{ path: 'data/testB/broken.png' }],
      });
      expect(await cli(['generate', 'runs/data'])).toMatchObject({
        code: 2,
        stderr: 'error: "runs/data" translates images. Run: npx ts-cyclegan translate runs/data photo.jpg\n',
      });
    });

    test('a dry run writes nothing', async () => {
      const { code, stdout } = await cli([
        'train',
        'data',
        ...small,
        '--steps',
        '1000',
        '--out',
        'runs/dry',
        '--dry-run',
        '--json',
      ]);
      expect(code).toBe(0);
      const plan = JSON.parse(stdout) as Record<string, number>;
      expect(plan).toMatchObject({ event: 'dry-run', run: 'runs/dry', steps: 1000, images: { A: 3, B: 3 } });
      expect(plan.seconds).toBeCloseTo(1000 * plan.step!);
      expect(existsSync(join(folder, 'runs/dry'))).toBe(false);
    });

    test('Ctrl-C saves, and the run resumes; changed options are applied or refused', async () => {
      const { code, stderr } = await training('runs/stopped', (child) => void child.kill('SIGINT'));
      expect(code).toBe(130);
      expect(stderr).toContain(
        'Stopping after this step, then saving. A second signal (Ctrl-C) quits at once.\n',
      );
      const { step } = metricsOf('runs/stopped').at(-1)!;
      expect(await cli(['train', '--resume', '--out', 'runs/stopped', '--filters', '4'])).toMatchObject({
        code: 2,
        stderr:
          'error: --filters cannot change in a run: "runs/stopped" has 2, got 4. Leave --filters out, or start a new run.\n',
      });
      const resumed = await cli([
        'train',
        '--resume',
        '--out',
        'runs/stopped',
        '--steps',
        String(step + 2),
        '--learning-rate',
        '1e-4',
        '--json',
      ]);
      expect(resumed).toMatchObject({ code: 0 });
      expect(resumed.stderr).toMatch(
        /^warning: imageFolder: cannot read ".*broken.png": .* 1 of 4 images have been skipped so far\.\n$/,
      );
      const events = resumed.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(events[0]).toMatchObject({ event: 'begin', step });
      expect(events.filter(({ event }) => event === 'step').map((event) => [event.step, event.lr])).toEqual([
        [step + 1, 1e-4],
        [step + 2, 1e-4],
      ]);
      expect(events.at(-1)).toMatchObject({ event: 'end', step: step + 2, stopped: null });
    });

    test('SIGTERM saves, too; a second signal quits at once', async () => {
      expect(await training('runs/terminated', (child) => void child.kill('SIGTERM'))).toMatchObject({
        code: 143,
      });
      expect(existsSync(join(folder, 'runs/terminated/model/model.json'))).toBe(true);
      const twice = await training('runs/twice', (child) => {
        child.stderr!.once('data', () => child.kill('SIGINT'));
        child.kill('SIGINT');
      });
      expect([130, null]).toContain(twice.code); // null: ended by the signal, unless saving was quicker
    });

    test('a closed pipe stops the training, which saves', async () => {
      const command = `${bin(folder)} train data ${small.join(' ')} --steps 100000 --out runs/piped --json | head -2`;
      const { stdout } = await ended('bash', ['-c', command], folder);
      expect(stdout.trim().split('\n')).toHaveLength(2);
      expect(existsSync(join(folder, 'runs/piped/model/model.json'))).toBe(true);
    });

    test('datasets', async () => {
      const listed = JSON.parse((await cli(['datasets', 'list', '--json'])).stdout) as { name: string }[];
      expect(listed.map(({ name }) => name)).toContain('horse2zebra');
      expect(await cli(['datasets', 'download', 'horse2zbra'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('Did you mean "horse2zebra"?') as string,
      });
      const inspected = await cli(['datasets', 'inspect', 'data', '--size', '16', '--sheet', 'sheet.png']);
      expect(inspected).toMatchObject({ code: 0 });
      expect(inspected.stdout).toContain('not readable: testB/broken.png');
      expect(existsSync(join(folder, 'sheet.png'))).toBe(true);
    });

    test('watch serves its page until Ctrl-C', async () => {
      const child = spawn(bin(folder), ['watch', 'runs/data', '--port', '0', '--json'], { cwd: folder });
      const closed = new Promise((resolve) => child.on('close', resolve));
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const { url } = JSON.parse(line.toString()) as { url: string };
      expect(await (await fetch(url)).text()).toContain('<html');
      child.kill('SIGINT');
      expect(await closed).toBe(0);
    });
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
