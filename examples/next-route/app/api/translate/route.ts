/** POST /api/translate?direction=AtoB, with an image as body: answers its translation as PNG. */
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { normalizeImage, toLevels, translateImage } from 'ts-cyclegan';
import { model } from './model';

export const runtime = 'nodejs'; // not the edge runtime, which has no native code

const limits = { bytes: 8_000_000, pixels: 1_000_000 };

const refusal = (status: number, error: string) => Response.json({ error }, { status });

export async function POST(request: Request): Promise<Response> {
  const direction = new URL(request.url).searchParams.get('direction') ?? 'AtoB';
  if (direction !== 'AtoB' && direction !== 'BtoA') return refusal(400, 'direction must be AtoB or BtoA');
  const file = await received(request);
  if (!file) return refusal(413, `an upload may have ${limits.bytes} bytes`);
  const decoded = await sharp(file, { limitInputPixels: limits.pixels })
    .autoOrient()
    .toColourspace('srgb')
    .flatten({ background: 'white' })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => String((error as Error).message));
  if (typeof decoded === 'string') return refusal(422, `the image cannot be read: ${decoded}`);

  const { width, height } = decoded.info;
  const image = tf.tidy(() => normalizeImage(tf.tensor3d(decoded.data, [height, width, 3], 'int32')));
  const fake = await translateImage(await model(), image, direction); // in tiles, if it is large
  const levels = toLevels(fake);
  const data = Uint8Array.from(await levels.data());
  tf.dispose([image, fake, levels]);
  const png = await sharp(data, { raw: { width, height, channels: 3 } }).png().toBuffer();
  return new Response(new Uint8Array(png), { headers: { 'content-type': 'image/png' } });
}

/** The body, or undefined if it is too large. It is not received further then. */
async function received(request: Request): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > limits.bytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
