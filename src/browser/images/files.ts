/** Files that a person chooses or drops, folders included. */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { classOf } from './image-input.js';

/** A file with its path in the folder that was chosen or dropped. */
export interface FileWithPath {
  /** Path with slashes, such as `horses/1.jpg`; the name for single files. */
  readonly path: string;
  readonly file: File;
}

/**
 * Files of a page: the `files` of an `<input type="file">`, with `webkitdirectory` for folders; the `dataTransfer` of a drop, with
 * files and folders; `File`s; or a result of {@link filesOf}.
 */
export type Files = FileList | DataTransfer | Iterable<File | FileWithPath>;

/**
 * The files that a person has chosen or dropped, with those of folders and their subfolders, in the order of their paths. Files and
 * folders whose names begin with a dot are ignored.
 *
 * Call it in the event handler of a drop, before any `await`: browsers empty the `dataTransfer` afterwards.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`
 * @example
 * ```ts
 * import { filesOf, imageFiles } from 'ts-cyclegan/browser';
 * const accept = (place: HTMLElement) => {
 *   place.addEventListener('dragover', (event) => event.preventDefault());
 *   place.addEventListener('drop', async (event) => {
 *     event.preventDefault();
 *     const horses = imageFiles(await filesOf(event.dataTransfer!), { cropSize: 64, onError: 'skip' });
 *     console.log(horses.length);
 *   });
 * };
 * ```
 */
export async function filesOf(files: Files): Promise<FileWithPath[]> {
  const found = classOf(files) === 'DataTransfer' ? await dropped(files as DataTransfer) : listed(files);
  return found
    .filter(({ path }) => !path.split('/').some((part) => part.startsWith('.')))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)); // by code unit, as in Node
}

const isFile = (value: unknown): value is File => classOf(value) === 'File';

/**
 * The files of a list.
 *
 * @throws CycleGANError `INVALID_ARGUMENT`
 */
export function listed(files: Files, where = 'filesOf'): FileWithPath[] {
  const refuse = (got: string): never => {
    throw new CycleGANError(
      'INVALID_ARGUMENT',
      `${where}: expected the files of an input or of a drop, or a list of Files, got ${got}.`,
    );
  };
  const given: unknown = files;
  if (typeof given !== 'object' || given === null || !(Symbol.iterator in given)) return refuse(show(given));
  const items = [...(given as Iterable<unknown>)];
  if (items.length === 0) return refuse('an empty list');
  return items.map((item) => {
    if (isFile(item)) return { path: item.webkitRelativePath || item.name, file: item };
    const { path, file } = (item ?? {}) as Partial<FileWithPath>;
    return typeof path === 'string' && isFile(file) ? { path, file } : refuse(`a list with ${show(item)}`);
  });
}

/** The files of a drop. Browsers other than Chrome and Safari have no other way into folders than these entries. */
async function dropped({ items, files }: DataTransfer): Promise<FileWithPath[]> {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return listed(files); // made by a program
  return (await Promise.all(entries.map((entry) => filesIn(entry)))).flat();
}

async function filesIn(entry: FileSystemEntry): Promise<FileWithPath[]> {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FileWithPath[] = [];
  for (;;) {
    // at most 100 entries at a time
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return found;
    for (const each of entries) found.push(...(await filesIn(each)));
  }
}
