/** `ts-cyclegan train <data>`: trains in a run folder. */
import type { Command } from 'commander';
import { addFlags } from '../flags/add-flags.js';
import { trainFlags } from '../flags/train-flags.js';

const example = `
Examples:
  ts-cyclegan train data/horse2zebra --size 128 --filters 32 --blocks 6
      trains a CycleGAN on the folders trainA and trainB, in runs/horse2zebra
  ts-cyclegan train data/horse2zebra --dry-run
      says how long it would take
  ts-cyclegan train --resume
      resumes the newest run`;

/** Adds the command. */
export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .summary('train on folders of images')
    .description(
      'Trains on images, and keeps everything in a run folder: options, checkpoints, samples, losses, and the model. ' +
        'Ctrl-C ends it after the current step and saves; --resume continues it bit for bit.',
    )
    .argument('[data]', 'a folder with trainA and trainB, a folder of pairs, or a folder of images')
    .option('--config <file>', 'a JSON file with options: { "size": 64, "lambdaA": 10 }. Flags win')
    .addHelpText('after', example);
  addFlags(command, trainFlags);
}
