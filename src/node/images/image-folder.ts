/** A folder of images for training or testing. */
import { join } from 'node:path';
import { resolveOptions } from '../../core/options.js';
import { type ImageFolder, imageFolderEntries, type ImageFolderOptions, imageSet } from './image-set.js';
import { openFolder } from './open-folder.js';

/**
 * The images of a folder and its subfolders, sorted by path: AVIF, GIF, JPEG, PNG, SVG, TIFF and WebP. Of several frames or pages,
 * the first is read. Links are followed, and each folder is listed once. Files and folders whose names begin with a dot are
 * ignored, and so are the system folders `__MACOSX`, `@eaDir`, `#recycle` and `$RECYCLE.BIN`. The folder is listed at the call;
 * images are read on demand, several at a time, and are kept in memory up to the option `cache`.
 *
 * Levels are equal to those of Pillow, with embedded colour profiles applied. Images that are more than four times too large for
 * the bicubic resize, or eight times for the bilinear one, are first reduced while decoding, to three or two times the size.
 *
 * SVGs are drawn at the size after resizing. In the modes `crop` and `none`, their shorter side is `loadSize` pixels long. They
 * must not refer to other files.
 *
 * @throws CycleGANError at the call: `UNKNOWN_OPTION`, `INVALID_OPTION`, `NOT_FOUND`, `INVALID_ARGUMENT` for a path that is not a
 * folder, `INVALID_DATA` for a folder without images. On reading: `INVALID_DATA` for a broken image, `NOT_FOUND`,
 * `INVALID_SHAPE`, and `UNSUPPORTED` without sharp
 * @see [Porting from PyTorch](../../../docs/porting-from-pytorch.md)
 * @see [Porting from Keras: data](../../../docs/porting-from-keras.md#data)
 * @example
 * ```ts
 * import { imageFolder } from 'ts-cyclegan/node';
 * const train = () => imageFolder('horse2zebra/trainA', { cropSize: 128, onError: 'skip' });
 * const test = () => imageFolder('horse2zebra/testA', { cropSize: 128, training: false });
 * ```
 */
export function imageFolder(path: string, options: ImageFolderOptions = {}): ImageFolder {
  const where = 'imageFolder';
  const settings = resolveOptions(where, imageFolderEntries, options);
  const { names, skipped } = openFolder(where, path);
  return imageSet({ where, names, skipped, pathOf: (name) => join(path, name) }, settings);
}
