/** Facts about an exported network, as texts by name. */
import { version } from '../../../package.json';
import { CycleGANError } from '../../core/errors.js';
import { optional, satisfying, show, text } from '../../core/options.js';

/** Options of all exports. */
export interface MetadataOptions {
  /** The licence of the weights, such as `'CC-BY-4.0'`: the entry `model_license` of the metadata. */
  licence?: string;
  /** More entries of the metadata. */
  metadata?: Readonly<Record<string, string>>;
}

const isTexts = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((item) => typeof item === 'string');

/** Schemas of {@link MetadataOptions}. */
export const metadataEntries = {
  licence: optional(text()),
  metadata: optional(satisfying<Readonly<Record<string, string>>>(isTexts, 'an object of texts')),
};

/** The library: what wrote the file. */
export const generator = `ts-cyclegan ${version}`;

/**
 * The metadata of a file.
 *
 * @param facts what the export knows
 * @throws CycleGANError `INVALID_OPTION` if `metadata` has keys of the export
 */
export function metadataOf(
  where: string,
  facts: Readonly<Record<string, string>>,
  { licence, metadata = {} }: { licence?: string | undefined; metadata?: Readonly<Record<string, string>> | undefined },
): Record<string, string> {
  const ours: Record<string, string> = { library: 'ts-cyclegan', library_version: version, ...facts };
  if (licence !== undefined) ours.model_license = licence;
  const taken = Object.keys(metadata).find((key) => Object.hasOwn(ours, key));
  if (taken !== undefined) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: option "metadata" must not have the key ${show(taken)}, which the export sets. Use another key.`,
    );
  }
  return { ...ours, ...metadata };
} // prettier-ignore
