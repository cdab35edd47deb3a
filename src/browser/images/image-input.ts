/** What a page has as images, and their pixels. */
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { request } from '../net/request.js';

/**
 * An image of a page: an `ImageBitmap`, `ImageData`, a canvas, an `<img>`, a `<video>` (its current frame), a `VideoFrame`, a `File`
 * or `Blob` with a JPEG, PNG, WebP, GIF or AVIF, or a URL of one.
 */
export type ImageInput =
  | ImageBitmap
  | ImageData
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLImageElement
  | HTMLVideoElement
  | VideoFrame
  | Blob
  | URL
  | string;

/** Pixels that a canvas can draw. */
export type Drawable = Exclude<ImageInput, ImageData | Blob | URL | string>;

/** An image that has been opened. Some need to be closed, because they hold memory of the graphics card. */
export interface OpenedImage {
  readonly pixels: Drawable | ImageData;
  readonly size: [height: number, width: number];
  close(): void;
}

const kinds =
  'an ImageBitmap, ImageData, canvas, image or video element, VideoFrame, File, Blob or the URL of an image';

/** The name of a class of browsers; pages, Workers and frames have classes of their own. */
export const classOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

const isText = (value: ImageInput): value is URL | string =>
  typeof value === 'string' || value instanceof URL;
export const isBlob = (value: unknown): value is Blob => ['Blob', 'File'].includes(classOf(value));

/**
 * Opens an image.
 *
 * @throws CycleGANError `INVALID_ARGUMENT` for other values; `INVALID_DATA` for a file that the browser cannot decode, and for elements
 * without pixels; `NOT_FOUND`, `NETWORK` for URLs
 */
export async function openInput(where: string, input: ImageInput): Promise<OpenedImage> {
  if (isText(input)) return await openBlob(where, await download(where, input), show(String(input)));
  if (isBlob(input)) return await openBlob(where, input, nameOf(input));
  const size = sizeOf(input);
  if (size === undefined) {
    throw new CycleGANError('INVALID_ARGUMENT', `${where}: expected ${kinds}, got ${show(input)}.`);
  }
  if (size.includes(0)) {
    throw new CycleGANError(
      'INVALID_DATA',
      `${where}: the ${classOf(input)} has no pixels yet. Wait until it has loaded ("load" of an image, "loadeddata" of a video), ` +
        'and give a canvas a size.',
    );
  }
  return { pixels: input, size, close: () => undefined };
}

/** The size of everything that has pixels. */
function sizeOf(input: Drawable | ImageData): [height: number, width: number] | undefined {
  switch (classOf(input)) {
    case 'HTMLVideoElement': {
      const { videoHeight, videoWidth } = input as HTMLVideoElement;
      return [videoHeight, videoWidth];
    }
    case 'HTMLImageElement': {
      const { naturalHeight, naturalWidth } = input as HTMLImageElement;
      return [naturalHeight, naturalWidth];
    }
    case 'VideoFrame': {
      const { displayHeight, displayWidth } = input as VideoFrame;
      return [displayHeight, displayWidth];
    }
    case 'ImageBitmap':
    case 'ImageData':
    case 'HTMLCanvasElement':
    case 'OffscreenCanvas': {
      const { height, width } = input as ImageBitmap;
      return [height, width];
    }
    default:
      return undefined;
  }
}

const nameOf = (blob: Blob): string => ('name' in blob ? show(blob.name) : 'the Blob');

/** Decodes a file: rotated according to EXIF, with its colour profile converted to sRGB, and colours as they are in the file. */
async function openBlob(where: string, blob: Blob, name: string): Promise<OpenedImage> {
  try {
    const bitmap = await createImageBitmap(blob, { premultiplyAlpha: 'none' });
    return {
      pixels: bitmap,
      size: [bitmap.height, bitmap.width],
      close: () => {
        bitmap.close();
      },
    };
  } catch (cause) {
    const type = blob.type === '' ? '' : ` (${blob.type})`;
    throw new CycleGANError(
      'INVALID_DATA',
      `${where}: ${name}${type} cannot be decoded by this browser. It is damaged, or not an image of a format that browsers read ` +
        '(JPEG, PNG, WebP, GIF, AVIF). Choose another file.',
      { cause },
    );
  }
}

async function download(where: string, url: URL | string): Promise<Blob> {
  const response = await request(where, String(url));
  return await response.blob();
}
