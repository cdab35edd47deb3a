/** `ts-cyclegan train <data>`: trains in a run folder. */
import type { Command } from 'commander';
import { addFlags, givenFlags } from '../flags/add-flags.js';
import { readConfigFile } from '../flags/config-file.js';
import { trainFlags } from '../flags/train-flags.js';

const example = `
Examples:
  ts-cyclegan train data/horse2zebra --convention pytorch --size 128 --filters 32 --blocks 6
      trains a CycleGAN on the folders trainA and trainB, in runs/horse2zebra
  ts-cyclegan train data/horse2zebra --quick --size 64 --steps 5000
      a first try, for some minutes
  ts-cyclegan train data/horse2zebra --dry-run
      says how long it would take
  ts-cyclegan train --resume
      resumes the newest run`;

/** Adds the command. */
export function addTrain(program: Command, setExitCode: (code: number) => void): void {
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
  command.action(async (data: string | undefined, { config }: { config?: string }) => {
    const ofFile = config === undefined ? [] : await readConfigFile(config, trainFlags);
    const given = new Map([...ofFile, ...givenFlags(command, trainFlags)]); // flags win
    const [{ start }, { withQuick }] = await Promise.all([
      import('../train/start.js'),
      import('../train/quick.js'),
    ]);
    setExitCode(await start(data, withQuick(given)));
  });
}
