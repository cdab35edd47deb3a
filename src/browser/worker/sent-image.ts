/** Prepares images of a page for its Worker. Files are decoded there. */
import { transfer } from 'comlink';
import { classOf, type ImageInput, isBlob, openInput } from '../images/image-input.js';
import type { ImageValues, SentImage } from './protocol.js';

const isValues = (image: ImageInput | ImageValues): image is ImageValues =>
  typeof image === 'object' && 'values' in image;

/** @throws CycleGANError `INVALID_ARGUMENT`, `INVALID_DATA` for elements without pixels */
export async function sentImage(where: string, image: ImageInput | ImageValues): Promise<SentImage> {
  if (typeof image === 'string' || image instanceof URL) return new URL(image, document.baseURI).href;
  if (isValues(image) || isBlob(image)) return image;
  const { pixels } = await openInput(where, image);
  if (classOf(pixels) === 'ImageData') return pixels as ImageData;
  const bitmap = await createImageBitmap(pixels);
  return transfer(bitmap, [bitmap]);
}

/** The names of models that a Worker can load: URLs of a page are relative to the page, not to the Worker. */
export const sentSource = (source: string | URL | readonly File[]): string | readonly File[] =>
  typeof source === 'string' || source instanceof URL ? new URL(source, document.baseURI).href : source;
