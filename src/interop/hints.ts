/** Options of a model that its weights do not show. Files of this library have them in their metadata. */
import * as v from 'valibot';
import type { FeatureLayer } from '../models/feature-layers.js';

/** The key of the metadata. */
const key = 'ts-cyclegan';

const side = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const schema = v.object({
  border: v.optional(v.picklist(['reflect', 'replicate'])),
  dropout: v.optional(v.boolean()),
  convention: v.optional(v.picklist(['keras', 'pytorch'])),
  nceLayers: v.optional(
    v.pipe(
      v.array(v.union([v.string(), v.pipe(v.number(), v.safeInteger(), v.minValue(0))])),
      v.minLength(1),
    ),
  ),
  inputShape: v.optional(v.tuple([v.nullable(side), v.nullable(side), side])),
});

/** What the weights may not show. */
export interface Hints {
  border?: 'reflect' | 'replicate';
  dropout?: boolean;
  convention?: 'keras' | 'pytorch';
  /** The layers of the generator that a CUT compares. */
  nceLayers?: readonly FeatureLayer[];
  size?: readonly [height: number, width: number];
}

/** Metadata with the options of a model. */
export const metadataOf = (options: object | undefined): Record<string, string> => ({
  format: 'pt', // of the Python package: the layout is PyTorch's
  ...(options !== undefined && { [key]: JSON.stringify(options) }),
});

/** The hints in the metadata of a file; empty if there are none, or if they are invalid. */
export function hintsIn(metadata: Readonly<Record<string, string>>): Hints {
  const text = metadata[key];
  const result = v.safeParse(schema, text === undefined ? {} : parsed(text));
  if (!result.success) return {};
  const { inputShape, ...hints } = result.output;
  const [height, width] = inputShape ?? [];
  return { ...(hints as Hints), ...(height != null && width != null && { size: [height, width] as const }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
