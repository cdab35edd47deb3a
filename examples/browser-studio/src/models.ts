/** The models that the page translates with: the shipped one, and those of the person. */
import { isCycleGANError, type Direction } from 'ts-cyclegan';
import {
  type CycleGANWorker,
  type Files,
  filesOf,
  type ModelSource,
  type WorkerTranslator,
} from 'ts-cyclegan/browser';

/** A model that can be chosen. */
export interface Model {
  readonly label: string;
  /** Where the generator of a direction is. */
  source(direction: Direction): ModelSource;
  /** Names of the directions. */
  readonly directions: Readonly<Record<Direction, string>>;
}

export const shipped: Model = {
  label: 'Line drawings and colour',
  source: (direction) => new URL(`model/${direction}/model.json`, document.baseURI),
  directions: { AtoB: 'Drawing to colour', BtoA: 'Colour to drawing' },
};

/** A model of the person: a URL, files, or one that this browser keeps. */
export const ownModel = (label: string, source: ModelSource): Model => ({
  label,
  source: () => source,
  directions: { AtoB: 'A to B', BtoA: 'B to A' },
});

/** A zip, a folder, or `model.json` with its weights, as a model. */
export async function modelOfFiles(given: Files): Promise<Model> {
  const files = (await filesOf(given)).map(({ file }) => file);
  const [first] = files;
  if (files.length === 1 && first!.name.endsWith('.zip'))
    return ownModel(first!.name, await unzipped(first!));
  return ownModel(
    files.find(({ name }) => name === 'model.json')?.webkitRelativePath.split('/')[0] || 'Own files',
    files,
  );
}

/** The files of a zip. Damaged zips are as models without files. */
async function unzipped(zip: File): Promise<File[]> {
  const { unzipSync } = await import('fflate');
  try {
    const entries = Object.entries(unzipSync(new Uint8Array(await zip.arrayBuffer())));
    return entries.map(([path, bytes]) => new File([bytes as BlobPart], path.split('/').at(-1)!));
  } catch {
    return [];
  }
}

/** Files as a zip, not compressed: weights do not become smaller. */
export async function zipped(files: readonly File[], folder: string): Promise<Blob> {
  const { zipSync } = await import('fflate');
  const entries = await Promise.all(
    files.map(async (file) => [`${folder}/${file.name}`, new Uint8Array(await file.arrayBuffer())] as const),
  );
  return new Blob([zipSync(Object.fromEntries(entries), { level: 0 }) as BlobPart], {
    type: 'application/zip',
  });
}

/** Loads the generator of a direction. Files with one generator have only one direction, which is then loaded. */
export async function load(
  cyclegan: CycleGANWorker,
  model: Model,
  direction: Direction,
  onProgress: (share: number) => void,
): Promise<WorkerTranslator> {
  const source = model.source(direction);
  const options = {
    cache: model !== shipped, // the service worker keeps the shipped one
    onProgress: ({ loaded, total }: { loaded: number; total: number }) => onProgress(loaded / total),
  };
  try {
    return await cyclegan.loadTranslator(source, options);
  } catch (error) {
    if (!isCycleGANError(error, 'INVALID_OPTION')) throw error; // the file has both directions
    return await cyclegan.loadTranslator(source, { ...options, direction });
  }
}
