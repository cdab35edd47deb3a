/** `downloadDataset`: the options, and where the archive comes from. */
import { CycleGANError } from '../../core/errors.js';
import { flag, optional, resolveOptions, satisfying, show, text, withDefault } from '../../core/options.js';
import { type DownloadProgress, obtain, where } from './obtain.js';
import { findDataset } from './table.js';

/** Options of {@link downloadDataset}. */
export interface DownloadOptions {
  /**
   * The folder that gets a folder with the name of the dataset.
   * @default '.'
   */
  folder?: string;
  /**
   * Downloads the dataset again if it is there. The old folder is replaced when the new one is whole.
   * @default false
   */
  force?: boolean;
  /**
   * Address of a mirror: the archive is `<url>/<file>`, for example `<url>/horse2zebra.zip`. Sizes and checksums are not compared with
   * those of the authors' archives.
   * @default the environment variable TS_CYCLEGAN_DATASETS_URL or, without it, the authors' servers
   */
  url?: string;
  /** Is called for each received or unpacked piece. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Ends the download. The bytes are kept, and the next call resumes. */
  signal?: AbortSignal;
}

const isHttp = (value: unknown) =>
  typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);
const isFunction = (value: unknown) => typeof value === 'function';
const entries = {
  folder: withDefault(text(), '.'),
  force: withDefault(flag(), false),
  url: optional(satisfying<string>(isHttp, 'an address that begins with http:// or https://')),
  onProgress: optional(satisfying<(progress: DownloadProgress) => void>(isFunction, 'a function')),
  signal: optional(satisfying<AbortSignal>((value) => value instanceof AbortSignal, 'an AbortSignal')),
};

const variable = 'TS_CYCLEGAN_DATASETS_URL';

/**
 * Downloads a public dataset and unpacks it into a folder of its name. Returns at once if the folder is there.
 *
 * A download that was cut, aborted or killed is resumed by the next call. Until the folder is whole, its parts have other names:
 * `<name>.zip.part` or `<name>.tar.gz.part` for the archive, with its facts in a `.json` file, and `<name>.unpacking`. The archive is
 * removed at the end. Links, paths out of the folder and bombs in the archive are refused.
 *
 * @param name one of {@link datasets}
 * @returns path of the folder, for example `horse2zebra` with `trainA`, `trainB`, `testA` and `testB`
 * @throws CycleGANError `INVALID_ARGUMENT` for an unknown name, `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNSUPPORTED` for a dataset that its
 * authors no longer offer, `BUSY` if another process downloads it into the same folder, `NOT_FOUND` if no server has it, `NETWORK`,
 * `DISK` if the disk is full, `INVALID_DATA` for an archive that is damaged, changed or malicious; the reason of `signal`
 * @example
 * ```ts
 * import { downloadDataset } from 'ts-cyclegan/node';
 * const get = () =>
 *   downloadDataset('horse2zebra', {
 *     folder: 'data',
 *     onProgress: ({ phase, bytes, total }) => console.log(phase, bytes, total),
 *   });
 * ```
 */
export async function downloadDataset(name: string, options: DownloadOptions = {}): Promise<string> {
  const dataset = findDataset(where, name);
  const settings = resolveOptions(where, entries, options);
  const base = settings.url ?? fromEnvironment();
  if (base !== undefined) {
    // the mirror may have another archive of this name, so size and checksum do not apply
    const { bytes: _, sha256: __, mirror: ___, ...rest } = dataset;
    return obtain({ ...rest, url: `${base.replace(/\/+$/, '')}/${dataset.file}` }, settings);
  }
  return obtain(dataset, settings);
}

function fromEnvironment(): string | undefined {
  const value = process.env[variable];
  if (value === undefined || value === '') return undefined;
  if (isHttp(value)) return value;
  throw new CycleGANError(
    'INVALID_OPTION',
    `${where}: the environment variable ${variable} must be an address that begins with http:// or https://, got ${show(value)}.`,
  );
}
