/** Links between documents: the files and headings that they name are there. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { globSync } from 'tinyglobby';
import { expect, test } from 'vitest';

const documents = globSync([
  '*.md',
  'docs/*.md',
  'docs/zh-TW/*.md',
  'examples/**/README.md',
  '!**/node_modules/**',
]).sort();

/** A document without its code blocks. */
const proseOf = (file: string): string => readFileSync(file, 'utf8').replaceAll(/^( *)```.*?^ *```/gms, '');

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(file: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of proseOf(file).matchAll(/^#{1,6} (.+)$/gm)) {
    const words = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = words.replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let i = 1; anchors.has(anchor); i++) anchor = `${slug}-${i}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The targets of Markdown's and HTML's links and images, without addresses of other sites. */
function targetsIn(file: string): string[] {
  const prose = proseOf(file).replaceAll(/`[^`\n]*`/g, '');
  const links = [...prose.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\))?)\)|(?:src|href)="([^"]+)"/g)];
  return links.map(([, markdown, html]) => (markdown ?? html)!).filter((target) => !/^[a-z]+:/.test(target));
}

/** What is wrong with a link, if anything. */
function faultOf(file: string, target: string): string | undefined {
  const [path, anchor] = target.split('#') as [string, string | undefined];
  const found = path === '' ? file : posix.join(posix.dirname(file), path);
  if (!existsSync(found)) return `${target}: there is no ${found}`;
  if (anchor === undefined) return undefined;
  if (statSync(found).isDirectory() || !found.endsWith('.md')) return `${target}: ${found} has no headings`;
  return anchorsOf(found).has(anchor) ? undefined : `${target}: ${found} has no such heading`;
}

test('there are documents with links', () => {
  expect(documents.length).toBeGreaterThan(20);
  expect(documents.flatMap(targetsIn).length).toBeGreaterThan(100);
});

test.each(documents)('the links of %s lead to files and headings', (file) => {
  expect(targetsIn(file).flatMap((target) => faultOf(file, target) ?? [])).toEqual([]);
});

test('a link to a missing file or heading is found', () => {
  expect(faultOf('README.md', 'docs/no-such-page.md')).toBe(
    'docs/no-such-page.md: there is no docs/no-such-page.md',
  );
  expect(faultOf('README.md', 'docs/memory.md#no')).toBe(
    'docs/memory.md#no: docs/memory.md has no such heading',
  );
});
