/** The form of the options in `options.generated.ts`. */

/** The algorithms that the command line trains. */
export const algorithms = ['cyclegan', 'pix2pix', 'cut', 'gan'] as const;
export type Algorithm = (typeof algorithms)[number];

/** What an option belongs to: the networks, the trainer, its method `fit`, or the reading of images. */
export const parts = ['model', 'trainer', 'fit', 'images'] as const;
export type Part = (typeof parts)[number];

/**
 * How the text of a flag becomes a value. `list` is some of the choices, separated by commas; `rates` is one value or two; `json`
 * can be given in a configuration file only.
 */
export type Kind = 'number' | 'boolean' | 'choice' | 'list' | 'text' | 'rates' | 'json';

/** An option of the library, as `npm run generate:cli` has read it. */
export interface GeneratedOption {
  help: string;
  kind: Kind;
  choices?: string[];
  /** The algorithms that have the option, and the parts to which it belongs. */
  parts: Partial<Record<Algorithm, Part[]>>;
  /** Defaults as text, by algorithm. */
  defaults: Partial<Record<Algorithm, string>>;
}
