/** Levels 0..255 of images in pages: the same as those that sharp reads from the same files in Node. */
import type { Resolved } from '../../core/options.js';
import { CycleGANError } from '../../core/errors.js';
import { type DecodedImage, type decodeEntries, type ImageFile, luma } from '../../data/image-file.js';
import { resizeLevels } from '../../data/resample.js';
import { classOf, type Drawable, type ImageInput, type OpenedImage, openInput } from './image-input.js';

type DecodeSettings = Readonly<Resolved<typeof decodeEntries>>;

/**
 * Opens an image as a file of `src/data/run-plan.ts`.
 *
 * @throws CycleGANError those of `openInput`, and `INVALID_DATA` for too many pixels
 */
export async function openImage(
  where: string,
  input: ImageInput,
  settings: DecodeSettings,
): Promise<ImageFile & { close(): void }> {
  const image = await openInput(where, input);
  const [height, width] = image.size;
  if (height * width > settings.pixelLimit) {
    image.close();
    throw new CycleGANError(
      'INVALID_DATA',
      `${where}: the image has ${width}×${height} pixels, more than the limit of ${settings.pixelLimit}. ` +
        'Resize it with another program, or raise the option pixelLimit.',
    );
  }
  return {
    size: image.size,
    isDrawn: false,
    decode: async (size) => resized(await levelsOf(image, settings), size),
    close: () => image.close(),
  };
}

/**
 * Resizes with the filter that sharp uses while it decodes. Levels differ a little: sharp reduces JPEG files by their frequencies and
 * others by means of whole pixels first, and browsers decode in the full size only.
 */
function resized(image: DecodedImage, size: readonly [number, number] | undefined): DecodedImage {
  if (!size) return image;
  const levels = Uint8Array.from(resizeLevels(image.levels, image.shape, size, 'bicubic'));
  return { levels, shape: [...size, image.shape[2]] };
}

/** The levels of an opened image. */
async function levelsOf(
  { pixels, size }: OpenedImage,
  { channels, background }: DecodeSettings,
): Promise<DecodedImage> {
  const [height, width] = size;
  const flat = channels !== 4;
  const isData = 'data' in pixels;
  const straight = isData
    ? pixels.data
    : classOf(pixels) === 'ImageBitmap'
      ? await copied(pixels as ImageBitmap)
      : undefined;
  const rgba = straight ?? drawn(pixels as Drawable, size, flat ? background : undefined);
  const shape = (c: number): DecodedImage['shape'] => [height, width, c];
  if (!flat) return { levels: Uint8Array.from(rgba), shape: shape(4) };
  const rgb = new Uint8Array(height * width * 3);
  for (let i = 0, at = 0; i < rgb.length; i += 3, at += 4) {
    const alpha = straight ? rgba[at + 3]! : 255; // a canvas is drawn on the background
    for (let k = 0; k < 3; k++) rgb[i + k] = mixed(rgba[at + k]!, background[k]!, alpha);
  }
  return channels === 3 ? { levels: rgb, shape: shape(3) } : { levels: luma(rgb), shape: shape(1) };
}

/**
 * The pixels of a bitmap with straight alpha, by way of a video frame: canvases multiply colours by alpha, which rounds those of
 * semi-transparent pixels. Undefined if the browser has no such frame.
 */
async function copied(bitmap: ImageBitmap): Promise<Uint8Array | undefined> {
  let frame: VideoFrame | undefined;
  try {
    frame = new VideoFrame(bitmap, { timestamp: 0, alpha: 'keep' });
    const { rotation = 0, flip = false } = frame as { rotation?: number; flip?: boolean }; // EXIF, which copyTo ignores
    const format = frame.format ?? '';
    if (rotation !== 0 || flip || !/^(RGB|BGR)[AX]$/.test(format)) return undefined;
    const levels = new Uint8Array(frame.allocationSize());
    await frame.copyTo(levels);
    for (let at = 0; at < levels.length; at += 4) {
      const first = levels[at]!;
      if (format.startsWith('B')) {
        levels[at] = levels[at + 2]!;
        levels[at + 2] = first;
      }
      if (format.endsWith('X')) levels[at + 3] = 255;
    }
    return levels;
  } catch {
    return undefined; // no WebCodecs, or a bitmap that is too large for a frame
  } finally {
    frame?.close();
  }
}

/** A level on a background, in libvips' integer arithmetic. */
const mixed = (level: number, behind: number, alpha: number): number =>
  alpha === 255 ? level : Math.trunc((level * alpha + behind * (255 - alpha)) / 255);

/** Draws on a background, or on nothing, and reads the pixels. */
function drawn(
  pixels: CanvasImageSource,
  [height, width]: readonly [number, number],
  background: readonly number[] | undefined,
): Uint8ClampedArray {
  const canvas = new OffscreenCanvas(width, height);
  // read often: without this, each canvas lives on the graphics card and is copied back
  const context = canvas.getContext('2d', { willReadFrequently: true, alpha: background === undefined })!;
  if (background !== undefined) {
    context.fillStyle = `rgb(${background.join(' ')})`;
    context.fillRect(0, 0, width, height);
  }
  context.drawImage(pixels, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}
