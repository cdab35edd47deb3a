/** The subfolders of a dataset that training reads. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';

/** How a folder of images is arranged. */
export type FolderLayout = 'unpaired' | 'pairs' | 'images';

export interface FolderPart {
  /** Name of the subfolder, or `'.'` for the folder itself. */
  readonly name: string;
  readonly split: 'train' | 'test';
  /** Of two domains; undefined for pairs, and for a folder of one kind of images. */
  readonly domain: 'A' | 'B' | undefined;
}

/** Subfolders by layout. Validation images are test images: training does not read them. */
const known: Readonly<Record<Exclude<FolderLayout, 'images'>, readonly FolderPart[]>> = {
  unpaired: ['train', 'val', 'test'].flatMap((split) =>
    (['A', 'B'] as const).map((domain) => ({
      name: split + domain,
      split: split === 'train' ? ('train' as const) : ('test' as const),
      domain,
    })),
  ),
  pairs: ['train', 'val', 'test'].map((name) => ({
    name,
    split: name === 'train' ? ('train' as const) : ('test' as const),
    domain: undefined,
  })),
};

export interface FolderParts {
  layout: FolderLayout;
  parts: readonly FolderPart[];
  /** Subfolders that training does not read. */
  ignored: readonly string[];
}

/** @throws CycleGANError `NOT_FOUND`, `INVALID_ARGUMENT`, `INVALID_DATA` */
export function folderParts(where: string, folder: unknown, wanted: FolderLayout | undefined): FolderParts {
  if (typeof folder !== 'string' || folder === '') {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: folder must be the path of a folder, got ${show(folder)}.`,
    );
  }
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) {
    throw new CycleGANError(
      stats ? 'INVALID_ARGUMENT' : 'NOT_FOUND',
      `${where}: folder must be a folder of images, but ${show(folder)} ${stats ? 'is a file' : 'does not exist'}.`,
    );
  }
  const subfolders = readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory());
  const layout = wanted ?? layoutOf(subfolders);
  if (layout === 'images') {
    return { layout, parts: [{ name: '.', split: 'train', domain: undefined }], ignored: [] };
  }
  const parts = known[layout].filter(({ name }) => subfolders.includes(name));
  if (parts.length === 0) {
    const names = known[layout].map(({ name }) => name).join(', ');
    throw new CycleGANError(
      'INVALID_DATA',
      `${where}: with layout: ${show(layout)}, ${show(folder)} must have at least one of the subfolders ${names}.`,
    );
  }
  return {
    layout,
    parts,
    ignored: subfolders.filter((name) => !parts.some((part) => part.name === name)).sort(),
  };
}

function layoutOf(subfolders: readonly string[]): FolderLayout {
  const has = (name: string) => subfolders.includes(name);
  if (has('trainA') || has('trainB')) return 'unpaired';
  return has('train') || has('test') || has('val') ? 'pairs' : 'images';
}
