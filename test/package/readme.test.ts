/**
 * Every code block of README.md and docs/ works with the packed tarball, in a project that has
 * installed exactly what the README tells to install.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { run } from '../support/run.js';
import { compile, fencedBlocks, needsPage, tryOut, type Snippet } from '../support/snippets.js';
import { emptyProject } from '../support/tarball.js';

/** What makes documents quick to try: small networks and few steps. Each is found at least once. */
const smaller: [string | RegExp, string][] = [
  ['filters: 32, residualBlocks: 6', 'filters: 2, residualBlocks: 1'],
];

const pages = readdirSync('docs').filter((file) => file.endsWith('.md'));
const blocks = ['README.md', ...pages.map((page) => `docs/${page}`)].flatMap((file) =>
  fencedBlocks(file, readFileSync(file, 'utf8')),
);
const commands = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ at, code }) =>
    code
      .trim()
      .split(/\n|&&/)
      .map((line) => ({ at, command: line.trim() }))
      .filter(({ command }) => !/^(#|git clone|cd )/.test(command)),
  );
const programs = blocks
  .filter(({ language }) => language === 'ts' || language === 'js')
  .map(({ code, ...rest }) => ({
    ...rest,
    code: smaller.reduce((text, [large, small]) => text.replace(large, small), code),
  }));

/** The packages that the README tells to install, for the command line and for programs. */
function installed(): string[] {
  const lines = commands.filter(
    ({ at, command }) => at.startsWith('README.md') && /^npm install\b/.test(command),
  );
  return lines.flatMap(({ command }) => command.split(' ').slice(2)).filter((word) => !word.startsWith('-'));
}

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };

test('what makes documents quick to try is still there', () => {
  for (const [large] of smaller) expect(blocks.some(({ code }) => code.search(large) >= 0)).toBe(true);
});

/** The bytes of each float32 tensor of a safetensors file. */
function weightsIn(file: Buffer): Record<string, Buffer> {
  const start = 8 + Number(file.readBigUInt64LE());
  type Entry = [string, { dtype?: string; data_offsets: [number, number] }];
  const entries = Object.entries(JSON.parse(file.toString('utf8', 8, start)) as object) as Entry[];
  const weights = entries.filter(([, { dtype }]) => dtype === 'F32');
  return Object.fromEntries(
    weights.map(
      ([
        name,
        {
          data_offsets: [from, to],
        },
      ]) => [name, file.subarray(start + from, start + to)],
    ),
  );
}

/** The commands of `ts-cyclegan`. cli.test.ts runs them. */
const cliCommands = [...readFileSync('docs/command-line.md', 'utf8').matchAll(/^### `(\w+)`$/gm)].map(
  ([, name]) => name!,
);

// The line for Yarn has a test of its own: yarn.test.ts.
const npmCommands = commands.filter(({ command }) => !command.startsWith('yarn '));
test.each(npmCommands.map(({ at, command }) => [at, command]))('%s: %s', (_, command) => {
  const [, cli] = /^npx ts-cyclegan (\S+)/.exec(command) ?? [];
  if (cli !== undefined) {
    expect(cliCommands).toContain(cli);
    return;
  }
  // The first install is tried below. The scripts have tests of their own; here they must exist.
  const [, script] = /^(?:[A-Z_]+=\S+ )?npm (?:run )?(\S+)/.exec(command) ?? [];
  const known = ['install', 'ci', ...Object.keys(scripts)];
  expect(known, `a command that no test knows: ${command}`).toContain(script);
});

describe('programs', () => {
  let folder: string;
  let complaints: (snippet: Snippet) => string;
  let check: (snippet: Snippet) => void;
  beforeAll(async () => {
    const packages = new Set(installed());
    expect(packages).toContain('ts-cyclegan');
    packages.delete('ts-cyclegan');
    // The guide to Keras tells to install h5wasm, too.
    folder = await emptyProject({ packages: [...packages, 'h5wasm', '@types/node'] });
    complaints = await compile(folder, programs);
    const running = programs.filter((program) => !needsPage(program));
    check = await tryOut(folder, running);
  });

  test.each(programs.map((program) => [program.at, program] as const))('%s', (_, snippet) => {
    expect(complaints(snippet)).toBe('');
    if (!needsPage(snippet)) check(snippet);
  });

  test('the program that resumes ends, after a stop in its second epoch, as without a stop', async () => {
    const { code } = programs.find(({ code }) => code.includes("resumeRun('runs/first', { trainer })"))!;
    const kept = join(folder, 'runs/first');
    const runUntil = async (steps: number) => {
      const stop = `{ onStepEnd: () => void (trainer.stopTraining ||= trainer.step === ${steps}) }`;
      await writeFile(join(folder, 'resume.mts'), code.replace('stopOnSignal()', stop));
      const { stdout } = await run('npx', ['tsx', 'resume.mts'], { cwd: folder });
      return Number(stdout.trim().split('\n').at(-1));
    };
    /** The weights and slots of the newest checkpoint, and the losses of all steps. */
    const saved = async () => {
      const checkpoints = join(kept, 'checkpoints');
      const newest = readdirSync(checkpoints).sort().at(-1)!;
      const values = weightsIn(await readFile(join(checkpoints, newest)));
      expect(Object.keys(values).length).toBeGreaterThan(100);
      const lines = (await readFile(join(kept, 'metrics.jsonl'), 'utf8')).trim().split('\n');
      const losses = lines.map((line) => {
        const { seconds: _seconds, memory: _memory, ...rest } = JSON.parse(line) as Record<string, number>;
        return rest;
      });
      return { newest, values, losses };
    };
    await rm(kept, { recursive: true, force: true });
    expect(await runUntil(Infinity)).toBe(2);
    const whole = await saved();
    expect(whole.losses).toHaveLength(8); // four images an epoch
    await rm(kept, { recursive: true });
    expect(await runUntil(6)).toBe(1);
    expect(await runUntil(Infinity)).toBe(2);
    expect(await saved()).toStrictEqual(whole);
  });
});
