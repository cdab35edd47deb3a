/** Uploads that wait for the model. Uploads of one size are translated together, while the next ones arrive. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { Direction } from 'ts-cyclegan';
import type { Batch, Translated } from './model-process.js';

/** An image file that was checked. It is decoded when its turn comes, because files are smaller than images. */
export interface Upload {
  file: Buffer;
  size: [height: number, width: number];
  direction: Direction;
  /** Whether the client has left. */
  isGone(): boolean;
}

/** The upload cannot be translated, and the server is not the reason. */
export class Refused extends Error {}

interface Waiting {
  upload: Upload;
  resolve(png: Buffer): void;
  reject(error: Error): void;
}

export class Translations {
  readonly #process: ChildProcess;
  readonly #most: { batch: number; pixels: number };
  readonly #waiting: Waiting[] = [];
  #isWorking = false;
  /** Images that were translated, and batches that this took. */
  readonly counts = { images: 0, batches: 0 };

  private constructor(child: ChildProcess, most: { batch: number; pixels: number }) {
    this.#process = child;
    this.#most = most;
  }

  /** Loads the model. A batch has at most `batch` images, and at most `pixels` pixels. */
  static async start(model: string, most: { batch: number; pixels: number }): Promise<Translations> {
    const path = fileURLToPath(new URL('./model-process.ts', import.meta.url));
    const child = fork(path, [model], { serialization: 'advanced' });
    const started = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => undefined)]);
    if (!started) throw new Error(`the model in ${model} cannot be loaded`);
    return new Translations(child, most);
  }

  /** Calls `act` if the model's process ends, for example because its memory is full. */
  onCrash(act: () => void): void {
    this.#process.once('exit', act);
  }

  stop(): void {
    this.#process.removeAllListeners('exit');
    this.#process.kill('SIGKILL');
  }

  /** The translation as a PNG file. Rejects with {@link Refused} if the file is damaged. */
  translate(upload: Upload): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ upload, resolve, reject });
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch()) {
      await this.#translateBatch(batch).catch((error: unknown) => {
        for (const { reject } of batch) reject(error as Error);
      });
    }
    this.#isWorking = false;
  }

  /** Takes the oldest upload, and others of its size and direction. */
  #nextBatch(): Waiting[] {
    const present = this.#waiting.filter(({ upload, reject }) => {
      if (upload.isGone()) reject(new Refused('the client has left'));
      return !upload.isGone();
    });
    const [first] = present;
    if (!first) {
      this.#waiting.length = 0;
      return [];
    }
    const [height, width] = first.upload.size;
    const count = Math.max(1, Math.min(this.#most.batch, Math.floor(this.#most.pixels / (height * width))));
    const alike = ({ upload }: Waiting) =>
      String(upload.size) === String(first.upload.size) && upload.direction === first.upload.direction;
    const batch = present.filter(alike).slice(0, count);
    this.#waiting.splice(0, Infinity, ...present.filter((one) => !batch.includes(one)));
    return batch;
  }

  async #translateBatch(batch: readonly Waiting[]): Promise<void> {
    const decoded = await Promise.all(batch.map(decode));
    const whole = batch.filter((_, i) => decoded[i] !== undefined);
    const images = decoded.filter((levels) => levels !== undefined);
    if (whole.length === 0) return;
    const { size, direction } = whole[0]!.upload;
    const levels = Buffer.concat(images);
    const message: Batch = { direction, shape: [images.length, ...size, 3], levels };
    this.#process.send(message);
    const [result] = (await once(this.#process, 'message')) as [Translated];
    if ('error' in result) throw result.refused ? new Refused(result.error) : new Error(result.error);
    this.counts.batches += 1;
    this.counts.images += images.length;
    const [height, width] = size;
    const bytes = result.levels.length / whole.length;
    await Promise.all(
      whole.map(async ({ resolve, reject }, i) => {
        const raw = { height, width, channels: (bytes / (height * width)) as 1 | 3 };
        const image = sharp(result.levels.subarray(i * bytes, (i + 1) * bytes), { raw });
        await image.png().toBuffer().then(resolve, reject);
      }),
    );
  }
}

/** Levels of an upload. A damaged file is refused alone, and the rest of its batch goes on. */
async function decode({ upload, reject }: Waiting): Promise<Buffer | undefined> {
  try {
    const image = sharp(upload.file, { failOn: 'error' }).autoOrient().toColourspace('srgb');
    return await image.flatten({ background: 'white' }).raw({ depth: 'uchar' }).toBuffer();
  } catch (error) {
    reject(new Refused(`the image cannot be decoded: ${(error as Error).message}`));
    return undefined;
  }
}
