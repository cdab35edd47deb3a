/**
 * Makes a run that continues where train_ddp.py has ended. The options are those of the run that was exported.
 *
 *     npm run from-pytorch -- runs/first trained/step-2000 runs/second
 *     npx ts-cyclegan train --resume --out runs/second --steps 3000
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import '@tensorflow/tfjs';
import { CycleGANTrainer, loadStateDict } from 'ts-cyclegan';
import { importOptimizers, readStateDicts } from 'ts-cyclegan/interop';
import { resumeRun, runFolder } from 'ts-cyclegan/node';

const [run, folder, out] = process.argv.slice(2);
if (run === undefined || folder === undefined || out === undefined) {
  console.error('usage: npm run from-pytorch -- <run folder> <folder of the files> <new run folder>');
  process.exit(2);
}
const { trainer, config } = await resumeRun(run);
if (!(trainer instanceof CycleGANTrainer)) throw new Error(`${run} is not a run of CycleGAN.`);
const file = (name: string) => readFile(join(folder, `latest_${name}.pth`));

// 1. The weights. D_A judges images of B: it is the discriminator of Y.
const { generatorG, generatorF, discriminatorX, discriminatorY } = trainer.model;
const networks = { G_A: generatorG, G_B: generatorF, D_A: discriminatorY, D_B: discriminatorX };
for (const [name, network] of Object.entries(networks)) {
  const { '': weights } = readStateDicts(await file(`net_${name}`));
  loadStateDict(network, weights!);
}

// 2. The optimizers and the count of steps. A new epoch begins.
const optimizers = { optimizer_G: await file('optimizer_G'), optimizer_D: await file('optimizer_D') };
trainer.restore(importOptimizers(await trainer.state(), optimizers));

// 3. A run folder with a checkpoint of this state. What the command line needs to resume it is copied.
const { data, limits, command, checkpointEvery } = config;
const newRun = runFolder(out, { checkpointEvery, info: { data, limits, command } });
await newRun.onTrainBegin!(trainer, { epochs: 0, stepsPerEpoch: 0 });
await newRun.onTrainEnd!(trainer);
console.log(`step ${trainer.step} is in ${out}`);
