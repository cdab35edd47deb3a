/** What the benchmark measures, by its settings. */
import { writeFile } from 'node:fs/promises';
import { useBackend } from '../test/golden/backends.js';
import { compare } from './compare.js';
import { engineStats, outsideOfEngine } from './engine-time.js';
import { largeImage } from './large-image.js';
import { loading } from './loading.js';
import { measure } from './measure.js';
import { fidTime } from './fid.js';
import { names } from './names.js';
import { quality } from './quality/quality.js';
import { report } from './report.js';
import type { Settings } from './settings.js';
import { soak } from './soak.js';
import { makeSubject } from './subject.js';

/** Measures, and prints the figures. */
export async function run(settings: Settings): Promise<void> {
  const { engine, size, filters, blocks, batch, steps, warmup, convention, json } = settings;
  if (settings.peers) {
    await report(settings.out, await compare(settings, console.log));
    return;
  }
  if (settings.quality !== undefined) {
    await quality({ ...settings.quality, out: settings.out }, console.log);
    return;
  }
  if (settings.beside !== undefined) {
    const { beside } = await import('./beside.js'); // loads the backend
    for (const line of await beside(settings)) console.log(line);
    return;
  }
  if (settings.names !== undefined) {
    await names(settings.names, console.log);
    return;
  }
  if (settings.fid !== undefined) {
    await fidTime(settings.fid, console.log);
    return;
  }
  const version = await useBackend(engine, settings.options);
  if (settings.loading !== undefined) {
    console.log(`${version}, ${size} px, ${filters} filters, ${blocks} blocks`);
    await loading(settings, settings.loading, console.log);
    return;
  }
  if (settings.soak !== undefined) {
    await soak(settings, settings.soak, console.log);
    return;
  }
  if (settings.tile !== undefined) {
    await largeImage(settings, settings.tile, console.log);
    return;
  }
  const { model, trainer, a, b, translate: translateOnce } = makeSubject(settings);

  const javascript = outsideOfEngine();
  const step = await measure(
    () =>
      javascript.measure(async () => {
        await trainer.trainStep(a, b);
      }),
    steps,
    warmup,
  );
  const compileMs = engineStats()?.compileMs;
  const javascriptMs = javascript.median(warmup, warmup + steps);
  const translate = await measure(translateOnce, steps, warmup);
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  const { kernels } = step;
  const figures = { ...settings, version, step, translate, compileMs, javascriptMs, kernels, peakRssBytes };
  const MB = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  console.log(`${version}, ${convention}, ${size} px, ${filters} filters, ${blocks} blocks, batch ${batch}`);
  for (const [name, { medianMs, minMs, maxMs, kernels, peakBytes, peakTensors }] of Object.entries({
    step,
    translate,
  })) {
    console.log(
      `${name.padEnd(10)}${medianMs} ms (${minMs} to ${maxMs}), ${kernels} kernels, ` +
        `at the peak ${peakTensors} tensors of ${MB(peakBytes)}`,
    );
  }
  if (compileMs !== undefined && javascriptMs !== undefined) {
    console.log(`compiling ${compileMs} ms in all; JavaScript ${javascriptMs} ms of a step`);
  }
  console.log(`process   ${MB(peakRssBytes)} at the peak`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(figures, null, 2)}\n`);
  trainer.dispose();
  model.dispose();
}
