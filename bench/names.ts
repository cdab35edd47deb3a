/** Measures how long a folder of many images takes to open, and the memory for each name. */
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Random, unpaired } from 'ts-cyclegan';
import { imageFolder } from 'ts-cyclegan/node';

/** Makes a folder of `count` empty files, and measures. All images are empty, so the first step of an epoch is an error. */
export async function names(count: number, print: (line: string) => void): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const folder = await mkdtemp(join(tmpdir(), 'ts-cyclegan-bench-'));
  try {
    await mkdir(folder, { recursive: true });
    for (let i = 0; i < count; i++) {
      await (await open(join(folder, `image-${String(i).padStart(8, '0')}.jpg`), 'w')).close();
    }
    collect();
    const before = process.memoryUsage();
    const start = performance.now();
    const images = imageFolder(folder, { cropSize: 64 });
    const listed = performance.now();
    const epoch = unpaired(images, images, { random: new Random(1) });
    await epoch.next().catch(() => undefined);
    const started = performance.now();
    const peak = process.resourceUsage().maxRSS * 1024 - before.rss;
    collect();
    const kept = process.memoryUsage().heapUsed - before.heapUsed;
    const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
    print(
      `${images.length} names: listed in ${seconds(listed - start)}, first images asked for after ${seconds(started - listed)}`,
    );
    print(`${(kept / count).toFixed(0)} bytes a name, at most ${(peak / 1e6).toFixed(0)} MB while starting`);
  } finally {
    await rm(folder, { recursive: true });
  }
}
