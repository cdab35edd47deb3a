/** Pages in Traditional Chinese have the code and the parts of their English originals. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fencedBlocks } from '../support/snippets.js';

const pages = [
  ['README.md', 'README.zh-TW.md'],
  ['docs/start-node.md', 'docs/zh-TW/start-node.md'],
  ['docs/porting-from-keras.md', 'docs/zh-TW/porting-from-keras.md'],
] as const;

/** The code blocks of a page without their comments, which may be translated. Text, such as a tree of folders, is prose. */
const codeOf = (file: string): string[] =>
  fencedBlocks(file, readFileSync(file, 'utf8')).map(({ language, code }) =>
    language === 'text' ? language : `${language}\n${code.replaceAll(/\/\/ .*$/gm, '')}`,
  );

/** The levels of the headings, and the rows of each table. */
const shapeOf = (file: string): string[] => {
  const prose = readFileSync(file, 'utf8').replaceAll(/^```.*?^```/gms, '');
  return [...prose.matchAll(/^(#+) |^\|/gm)].map(([, level]) => level ?? 'row');
};

/** The values in the tables, sorted: the order of words differs. */
const valuesIn = (file: string): string[] => {
  const rows = readFileSync(file, 'utf8').match(/^\|.*$/gm) ?? [];
  return rows.flatMap((row) => row.match(/[\d.,]*\d/g) ?? []).sort();
};

test.each(pages)(
  '%s and %s have the same code, headings, tables and values in tables',
  (english, chinese) => {
    expect(codeOf(chinese)).toEqual(codeOf(english));
    expect(shapeOf(chinese)).toEqual(shapeOf(english));
    expect(valuesIn(chinese)).toEqual(valuesIn(english));
  },
);

test.each(pages)('%s and %s link to each other', (english, chinese) => {
  const chineseName = chinese.replace(/^docs\//, '');
  expect(readFileSync(english, 'utf8')).toContain(`[正體中文](${chineseName})`);
  const up = english === 'README.md' ? 'README.md' : english.replace('docs/', '../');
  expect(readFileSync(chinese, 'utf8')).toContain(`[English](${up})`);
});
