/** The left and the right half of an image file, as two images. */
import { CycleGANError } from '../../core/errors.js';
import type { DecodedImage, ImageFile } from '../../data/image-file.js';

/** @throws CycleGANError `INVALID_SHAPE` for an odd width */
export function halves(image: ImageFile): Promise<[ImageFile, ImageFile]> {
  const [height, width] = image.size;
  if (width % 2 !== 0) {
    throw new CycleGANError(
      'INVALID_SHAPE',
      `the image must have A and B side by side, so its width must be even, got ${width}×${height} pixels. ` +
        'Crop it, or remove the file.',
    );
  }
  const half = width / 2;
  let whole: Promise<DecodedImage> | undefined; // decoded once for both
  const part = (left: number): ImageFile => ({
    size: [height, half],
    isDrawn: false,
    // full size: resizing while decoding would mix pixels of both images
    decode: async () => columns(await (whole ??= image.decode()), left, half),
  });
  return Promise.resolve([part(0), part(half)]);
}

/** Copies the columns from `left` to `left + width` − 1. */
function columns(
  { levels, shape: [height, whole, channels] }: DecodedImage,
  left: number,
  width: number,
): DecodedImage {
  const part = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    const from = (y * whole + left) * channels;
    part.set(levels.subarray(from, from + width * channels), y * width * channels);
  }
  return { levels: part, shape: [height, width, channels] };
}
