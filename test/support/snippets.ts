/**
 * Code in documents: the fenced blocks of Markdown files and of doc comments, compiled and run in a
 * project that has the tarball installed. Every block must be complete; where a line prints
 * something and says so (`console.log(x); // 1`), that must be what it prints.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect } from 'vitest';
import { type Output, run } from './run.js';
import { compiler } from './typescript.js';

export interface Snippet {
  /** Where it stands: `README.md:12`. */
  at: string;
  /** `ts`, `js`, `sh` … */
  language: string;
  code: string;
}

/** All fenced blocks of a Markdown text. */
export function fencedBlocks(file: string, markdown: string): Snippet[] {
  return [...markdown.matchAll(/^( *)```(\w+)[^\n]*\n(.*?)^ *```/gms)].map((block) => ({
    at: `${file}:${markdown.slice(0, block.index).split('\n').length}`,
    language: block[2]!,
    code: block[3]!.replaceAll(new RegExp(`^${block[1]!}`, 'gm'), ''),
  }));
}

/** All fenced blocks in the doc comments of a TypeScript file. */
export function docCommentBlocks(file: string, source: string): Snippet[] {
  const outside = /(?<=^|\*\/)(?:(?!\/\*\*).)*/gs;
  const comments = source.replaceAll(outside, (code) => '\n'.repeat(code.split('\n').length - 1));
  return fencedBlocks(file, comments.replaceAll(/^ *\* ?/gm, ''));
}

/** Whether a snippet runs in pages only: test/browser and the studio make the same calls there. */
export const needsPage = ({ code }: Snippet): boolean => code.includes("from 'ts-cyclegan/browser");

/** The file of a snippet: a TypeScript or JavaScript module, or a CommonJS script. */
const fileOf = ({ at, language, code }: Snippet, compiled = false): string => {
  const name = at.replaceAll(/\W+/g, '-');
  if (language === 'js') return /\brequire\(/.test(code) ? `${name}.cjs` : `${name}.mjs`;
  return compiled ? `${name}.mjs` : `${name}.mts`;
};

/** Pictures that snippets may read: `data/{trainA,trainB,testA,testB}/{1..4}.png`, `photo.jpg`. */
async function writePictures(folder: string): Promise<void> {
  const picture = (red: number, blue: number) =>
    sharp({ create: { width: 40, height: 32, channels: 3, background: { r: red, g: 90, b: blue } } });
  for (const [index, split] of ['trainA', 'trainB', 'testA', 'testB'].entries()) {
    await mkdir(join(folder, 'data', split), { recursive: true });
    for (let i = 1; i <= 4; i++) {
      await picture(60 * i, 60 * index).toFile(join(folder, 'data', split, `${i}.png`));
    }
  }
  await picture(200, 30).toFile(join(folder, 'photo.jpg'));
}

/**
 * Writes the snippets into `folder` with a few pictures beside them, and compiles them all at once,
 * strictly. Returns what the compiler had to say about each: '' where all is well.
 */
export async function compile(
  folder: string,
  snippets: readonly Snippet[],
): Promise<(snippet: Snippet) => string> {
  await writePictures(folder);
  for (const snippet of snippets) await writeFile(join(folder, fileOf(snippet)), snippet.code);
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable', 'dom'],
    types: ['node'],
    skipLibCheck: true,
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts'] }));
  const output = snippets.some(({ language }) => language === 'ts')
    ? await run('node', [compiler], { cwd: folder }).then(
        () => '',
        (error: unknown) => String(error),
      )
    : '';
  return (snippet) =>
    output
      .split('\n')
      .filter((line) => line.includes(`${fileOf(snippet)}(`) || line.startsWith('error'))
      .join('\n');
}

/** What tfjs prints once on its pure JavaScript backend in Node. */
const banner = /\n=+\nHi, looks like you are running TensorFlow\.js in Node\.js\.[^\n]*\n=+\n/;

/** What ONNX Runtime prints if it looks for a GPU on a machine without a driver. */
const noDriver = /^Warning: Couldn't load Vulkan.*\n.*\n/m;

/** What `progressBar` prints where there is no terminal. */
const progress = /^[-=]{40} step .*\n*/gm;

const bare = (text: string) => text.replaceAll(/\s/g, '');

/** Between the outputs of two snippets. */
const separator = '\u0001';

/** What a program imports, without which it may not run; a program that chooses its backend shares a process with no other. */
export const needs = ({ at, code }: Snippet): string =>
  /setBackend|registerOnnxRuntimeBackend|process\./.test(code)
    ? at
    : [...code.matchAll(/^import .*?'([^']+)';$/gms)]
        .map(([, name]) => name)
        .sort()
        .join();

/**
 * Runs compiled snippets in their order. Neighbours with the same imports share a process, which loads the packages once. Returns a
 * function that checks a snippet: it must end well, print what it says it prints, and warn of nothing.
 */
export async function tryOut(
  folder: string,
  snippets: readonly Snippet[],
): Promise<(snippet: Snippet) => void> {
  await writeFile(
    join(folder, 'one-after-the-other.mjs'),
    `for (const file of process.argv.slice(2)) {
       await import('./' + file).catch(console.error);
       for (const stream of [process.stdout, process.stderr]) stream.write('${separator}');
     }`,
  );
  const printed = new Map<Snippet, Output>();
  const groups: Snippet[][] = [];
  for (const snippet of snippets) {
    const last = groups.at(-1);
    if (last !== undefined && needs(last[0]!) === needs(snippet)) last.push(snippet);
    else groups.push([snippet]);
  }
  for (const group of groups) {
    const files = group.map((snippet) => fileOf(snippet, true));
    const { stdout, stderr } = await run('node', ['one-after-the-other.mjs', ...files], { cwd: folder });
    const [lines, warnings] = [stdout, stderr].map((text) => text.split(separator)) as [string[], string[]];
    group.forEach((snippet, i) => printed.set(snippet, { stdout: lines[i]!, stderr: warnings[i]! }));
  }
  return (snippet) => expectWell(snippet, printed.get(snippet)!);
}

function expectWell(snippet: Snippet, { stdout, stderr }: Output): void {
  const lines = stdout.split('\n').map(bare);
  for (const [, comment] of snippet.code.matchAll(/^ *console\.log\(.*\); \/\/ (.+)$/gm)) {
    if (!/^(\W|\d|true|false|null|undefined)/.test(comment!)) continue; // words about it
    const printed = lines.some((line) => line !== '' && bare(comment!).startsWith(line));
    expect(printed, `${snippet.at} says that it prints ${comment}, and prints:\n${stdout}`).toBe(true);
  }
  expect(stderr.replace(banner, '').replace(noDriver, '').replaceAll(progress, '').trim()).toBe('');
}
