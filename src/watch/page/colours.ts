/** Colours of curves. Each has a contrast of at least 3 : 1 against the cards. */

const light = ['#2461d8', '#c2500f', '#16803c', '#a21caf', '#0e7490', '#b91c3c', '#6b5b00', '#6d4bd8'];
const dark = ['#79a8ff', '#ff9d5c', '#5fd38a', '#e58bf2', '#52c7dd', '#ff8a9b', '#d9c44a', '#b6a1ff'];

export const darkScheme = matchMedia('(prefers-color-scheme: dark)');

/** The colour of series `index`. */
export function colour(index: number): string {
  const list = darkScheme.matches ? dark : light;
  return list[index % list.length]!;
}

/** Dashes of lines, so that colours are not the only difference. */
export const dashes: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [10, 3, 2, 3]];

/** The value of a custom property of the style. */
export const token = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
