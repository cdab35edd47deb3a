/** What a weight file does not contain, and what was used instead, for output. */

/** Rows of output, for `columns`. */
export const noteRows = (notes: readonly string[]): (readonly [name: string, text: string])[] =>
  notes.map((note) => ['note', note]);
