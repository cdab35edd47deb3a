/** Downloads a saved model, with progress, or takes it from the cache. */
import type { io } from '@tensorflow/tfjs-core';
import { CycleGANError, isCycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { sha256 } from '../../core/sha256.js';
import { request } from '../net/request.js';
import { ModelCache } from './model-cache.js';
import { type ModelPlace, readHead, readWeights, type WeightsFile } from './model-parts.js';

/** The progress of a download. */
export interface DownloadProgress {
  /** Bytes of weights that are there. */
  readonly loaded: number;
  /** Bytes of all weights. */
  readonly total: number;
  /** Whether the weights come from the cache of the browser. */
  readonly cached: boolean;
}

/** Options of {@link downloadModel}. */
export interface DownloadOptions {
  readonly cache: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
}

/** A model that has been downloaded. */
export interface DownloadedModel {
  readonly artifacts: io.ModelArtifacts;
  /** Puts the model into the cache. */
  readonly keep: () => Promise<void>;
}

/**
 * Downloads a model. `model.json`, which is small, is asked for each time, so that new versions are noticed; without network, the one
 * from the cache is used. Weights that belong to it are taken from the cache.
 *
 * @throws CycleGANError `NOT_FOUND`, `NETWORK`, `INVALID_MODEL`; the reason of `signal` after an abort
 */
export async function downloadModel(
  where: string,
  url: URL,
  { cache, signal, onProgress }: DownloadOptions,
): Promise<DownloadedModel> {
  const place: ModelPlace = { where, name: url.href };
  const kept = new ModelCache(url.href);
  const init: RequestInit = signal ? { signal } : {};
  const { text, offline } = await textOf(place, kept, cache, init);
  const head = await readHead(place, text);
  const hash = await sha256(text);
  const files = new Map<string, Uint8Array>();
  let loaded = 0;
  let cached = offline;
  const read = async ({ path, target }: WeightsFile): Promise<number> => {
    const file = insideFolder(place, url, path);
    const known = cache ? await kept.weights(file, hash) : undefined;
    const response = known ?? (await request(where, file, init));
    if (known) cached = true;
    const size = await receive(where, file, response, target, (bytes) => {
      loaded += bytes;
      onProgress?.({ loaded: Math.min(loaded, head.bytes), total: head.bytes, cached: known !== undefined });
    });
    files.set(file, target.subarray(0, size));
    return size;
  };
  const artifacts = await readWeights(place, head, read);
  return {
    artifacts,
    keep: async () => {
      if (cache && !cached) await kept.keep(text, hash, files);
    },
  };
}

/** The text of `model.json`: from the server, or from the cache if the server cannot be reached. */
async function textOf(
  { where, name }: ModelPlace,
  kept: ModelCache,
  cache: boolean,
  init: RequestInit,
): Promise<{ text: string; offline: boolean }> {
  try {
    const response = await request(where, name, { ...init, cache: 'no-cache' });
    return { text: await response.text(), offline: false };
  } catch (error) {
    const text = cache && isCycleGANError(error, 'NETWORK') ? await kept.text() : undefined;
    if (text === undefined) throw error;
    return { text, offline: true };
  }
}

/** A model.json may come from an unknown source, so it must not name files outside of its folder. */
function insideFolder({ where, name }: ModelPlace, url: URL, path: string): string {
  const folder = new URL('.', url).href;
  const file = new URL(path, url).href;
  if (file.startsWith(folder)) return file;
  throw new CycleGANError(
    'INVALID_MODEL',
    `${where}: ${show(name)} names weights outside of its folder: ${show(path)}. Save the model again.`,
  );
}

/** Receives a file into `target`, as far as it fits, and returns its size. */
async function receive(
  where: string,
  url: string,
  { body }: Response,
  target: Uint8Array,
  onBytes: (bytes: number) => void,
): Promise<number> {
  let size = 0;
  const reader = body?.getReader();
  for (;;) {
    const next = await reader?.read().catch((cause: unknown) => {
      if ((cause as Error).name === 'AbortError') throw cause;
      throw new CycleGANError(
        'NETWORK',
        `${where}: the download of ${show(url)} was interrupted after ${size} bytes. Try again.`,
        { cause },
      );
    });
    if (next?.value === undefined) return size;
    target.set(next.value.subarray(0, Math.max(0, target.length - size)), Math.min(size, target.length));
    size += next.value.length;
    onBytes(next.value.length);
    if (size > target.length) {
      await reader?.cancel();
      return size;
    }
  }
}
