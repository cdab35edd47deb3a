/** The runner of golden cases: what it prints, what it refuses, and what makes it fail. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run } from '../support/run.js';
import { runFolder } from './runner.js';
import { cases } from './suite.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

type Edit = (content: Record<string, unknown>) => void;

/** A folder with a copy of one small case, changed by `edit`. */
async function folderWith(name: string, edit: Edit = () => undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ts-cyclegan-golden-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const content = JSON.parse(await readFile(join(cases, `${name}.json`), 'utf8')) as Record<string, unknown>;
  edit(content);
  await writeFile(join(folder, `${name}.json`), JSON.stringify(content));
  await cp(join(cases, `${name}.safetensors`), join(folder, `${name}.safetensors`));
  return folder;
}

/** What the runner prints, and whether all is well. */
async function outcome(folder: string, kinds?: string[]) {
  const lines: string[] = [];
  const ok = await runFolder(folder, kinds, (line) => lines.push(line.replace(/ +/g, ' ')));
  return { ok, lines };
}

/** What the only case of a folder fails with, as it is printed. */
async function failure(folder: string) {
  const { ok, lines } = await outcome(folder);
  expect(ok).toBe(false);
  expect(lines[1]).toBe('0 passed, 1 failed');
  return lines[0];
}

describe('the runner', () => {
  test('prints a line for each case, and the total', async () => {
    const { ok, lines } = await outcome(await folderWith('p-instance-norm'));
    expect(ok).toBe(true);
    expect(lines[0]).toMatch(/^p-instance-norm layer 0\.0\d+ out\/y ok$/);
    expect(lines[1]).toBe('1 passed, 0 failed');
  });

  test('fails if a value differs', async () => {
    const folder = await folderWith('adversarial-lsgan', (content) => {
      Object.assign(content.scalars as object, { generator: { value: 105.2, atol: 0.0011 } });
    });
    expect(await failure(folder)).toMatch(/^adversarial-lsgan adversarial-loss 65\.\d+ generator FAILED$/);
  });

  test('fails if an expected value is not computed', async () => {
    const folder = await folderWith('adversarial-lsgan', (content) => {
      Object.assign(content.scalars as object, { total: { value: 1, atol: 1 } });
    });
    expect(await failure(folder)).toBe('adversarial-lsgan adversarial-loss Infinity total FAILED');
  });

  test('fails if nothing is expected', async () => {
    const folder = await folderWith('p-instance-norm', (content) => (content.expected = {}));
    expect(await failure(folder)).toBe('p-instance-norm layer Infinity (nothing to compare) FAILED');
  });

  test('fails for an unknown kind', async () => {
    const folder = await folderWith('p-instance-norm', (content) => (content.kind = 'layers'));
    expect(await failure(folder)).toBe('p-instance-norm layers Infinity - FAILED (unknown kind)');
  });

  test('fails for an unknown option', async () => {
    const folder = await folderWith('p-instance-norm', (content) => {
      Object.assign(content.config as object, { momentum: 1 });
    });
    expect(await failure(folder)).toMatch(/^p-instance-norm layer Infinity - FAILED \(.*"momentum"/);
  });

  test('fails for a folder that is no case, and runs the others', async () => {
    const folder = await folderWith('p-instance-norm');
    await writeFile(join(folder, 'broken.json'), '{');
    const { ok, lines } = await outcome(folder);
    expect(ok).toBe(false);
    expect(lines[0]).toMatch(/^broken \? Infinity - FAILED \(.*JSON/);
    expect(lines[2]).toBe('1 passed, 1 failed');
  });

  test('runs the requested kinds; an unknown one fails', async () => {
    const folder = await folderWith('p-instance-norm');
    expect((await outcome(folder, ['layer'])).ok).toBe(true);
    expect((await outcome(folder, ['layer', 'layers'])).ok).toBe(false);
    expect(await outcome(folder, ['adam'])).toEqual({ ok: false, lines: ['0 passed, 0 failed'] });
  });

  test.for(['../p-adam.safetensors', '/etc/hostname', '..', 'folder/p-adam.safetensors'])(
    'refuses the name %s',
    async (name) => {
      const folder = await folderWith('p-instance-norm', (content) => (content.tensors = name));
      const reason = `"${name}" is not the name of a file of the folder`;
      expect(await failure(folder)).toBe(`p-instance-norm ? Infinity - FAILED (${reason})`);
    },
  );

  test('refuses an image outside of the folder', async () => {
    const folder = await folderWith('p-preprocess-up', (content) => {
      Object.assign(content.config as object, { picture: '../p-preprocess-up.png' });
    });
    const reason = '"../p-preprocess-up.png" is not the name of a file of the folder';
    expect(await failure(folder)).toBe(`p-preprocess-up preprocess Infinity - FAILED (${reason})`);
  });

  test('refuses a link that leads out of the folder', async () => {
    const folder = await folderWith('p-instance-norm', (content) => (content.tensors = 'link.safetensors'));
    await symlink(join(cases, 'p-instance-norm.safetensors'), join(folder, 'link.safetensors'));
    expect(await failure(folder)).toMatch(/FAILED \("link.safetensors" leads out of the folder\)$/);
  });
});

describe('npm run golden', () => {
  const golden = (...args: string[]) =>
    run('npm', ['run', '--silent', 'golden', '--', ...args], { cwd: root });

  test('prints the backend and ends with 0', async () => {
    const { stdout, stderr } = await golden(await folderWith('p-instance-norm'), '--kinds', 'layer');
    expect(stdout).toMatch(/^backend cpu \d+\.\d+\.\d+\np-instance-norm .* ok\n1 passed, 0 failed\n$/);
    expect(stderr).toBe('');
  });

  test('ends with 1 if a case fails, and in an empty folder', async () => {
    const folder = await folderWith('p-instance-norm', (content) => (content.kind = 'layers'));
    await expect(golden(folder)).rejects.toThrow('ended with 1\nbackend cpu');
    await rm(join(folder, 'p-instance-norm.json'));
    await expect(golden(folder)).rejects.toThrow(/ended with 1\nbackend cpu .*\n0 passed, 0 failed/);
  });

  test('says which package a backend needs', async () => {
    const folder = await folderWith('p-instance-norm');
    await expect(golden(folder, '--backend', 'wasn')).rejects.toThrow(
      'unknown backend "wasn"; known: cpu, wasm, webgpu, tensorflow',
    );
  });
});
