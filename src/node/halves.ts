/** The left and the right half of an image file, as two images. */
import { CycleGANError } from '../core/errors.js';
import type { Picture, PictureFile } from './decode.js';

/** @throws CycleGANError `INVALID_SHAPE` for an odd width */
export function halves(picture: PictureFile): Promise<[PictureFile, PictureFile]> {
  const [height, width] = picture.size;
  if (width % 2 !== 0) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `the image must hold A and B side by side, so its width must be even, got ${width}×${height} pixels. ` +
        'Crop it, or remove the file.',
    );
  }
  const half = width / 2;
  let whole: Promise<Picture> | undefined; // decoded once for both
  const part = (left: number): PictureFile => ({
    size: [height, half],
    // in full: shrinking while decoding would mix the pixels where both images meet
    decode: async () => columns(await (whole ??= picture.decode()), left, half),
  });
  return Promise.resolve([part(0), part(half)]);
}

/** Columns `left` to `left + width` − 1. */
function columns(
  { levels, shape: [height, whole, channels] }: Picture,
  left: number,
  width: number,
): Picture {
  const part = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    const from = (y * whole + left) * channels;
    part.set(levels.subarray(from, from + width * channels), y * width * channels);
  }
  return { levels: part, shape: [height, width, channels] };
}
