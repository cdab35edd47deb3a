/** Pieces of HTML that all parts of the page use. */
import type { Direction } from '../../../models/saved-cyclegan.js';

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text in HTML, also in attributes. */
export const text = (value: string): string => value.replace(/[&<>"']/g, (character) => escapes[character]!);

/** A direction in words. */
export const inWords = (direction: Direction): string => (direction === 'AtoB' ? 'A to B' : 'B to A');

/** A table. The caption and the titles are texts; each row is the HTML of its cells. */
export function table(
  kind: 'figures' | 'images',
  caption: string,
  titles: readonly string[],
  rows: readonly string[],
): string {
  const head = titles.map((title) => `<th scope="col">${text(title)}</th>`).join('');
  const style = kind === 'images' ? ` style="--columns: ${titles.length}"` : '';
  return `<table class="${kind}"${style}><caption>${text(caption)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows.map((cells) => `<tr>${cells}</tr>`).join('\n')}
</tbody></table>`;
}

/** The title of a row. */
export const rowTitle = (title: string): string => `<th scope="row">${text(title)}</th>`;

/** Wide content scrolls by itself, with the keyboard, too. */
export const scrolling = (label: string, content: string): string =>
  `<div class="scroll" role="region" aria-label="${text(label)}" tabindex="0">${content}</div>`;
