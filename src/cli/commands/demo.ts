/** `ts-cyclegan demo`: line drawings become colour images, in two minutes. */
import { type Command, InvalidArgumentError } from 'commander';
import { addFlags, givenFlags } from '../flags/add-flags.js';
import { trainFlags } from '../flags/train-flags.js';

/** The flags of `train` that the demo has, too. */
const words = ['out', 'size', 'filters', 'blocks', 'steps', 'minutes', 'seed', 'engine', 'checkpointEvery', 'sampleEvery', 'resume']; // prettier-ignore

/** Test pairs that are scored, of 200. */
const mostPairs = 200;

function pairs(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= mostPairs) return count;
  throw new InvalidArgumentError(
    `must be a whole number from 1 to ${mostPairs}, got ${JSON.stringify(text)}.`,
  );
}

const example = `
Examples:
  ts-cyclegan demo
      trains for about two minutes in runs/demo, and opens a page to watch it
  ts-cyclegan demo --resume
      resumes it after Ctrl-C

Needs the images of OpenMoji: npm install openmoji`;

/** Adds the command. */
export function addDemo(program: Command, setExitCode: (code: number) => void): void {
  const flags = trainFlags.filter(({ word }) => words.includes(word));
  const command = program
    .command('demo')
    .summary('see it work on line drawings and colour images')
    .description(
      'Trains a CycleGAN on OpenMoji, line drawings and colour images, for about two minutes. Then scores it on test pairs, and ' +
        'writes a sheet and a page into the run folder.',
    )
    .option('--test <count>', `how many test pairs are scored, up to ${mostPairs}`, pairs, 50)
    .addHelpText('after', example);
  addFlags(command, flags);
  command.action(async ({ test }: { test: number }) => {
    const { demo } = await import('../demo/demo.js');
    setExitCode(await demo(givenFlags(command, flags), test));
  });
}
