/** `ts-cyclegan demo`: line drawings become colour images, in two minutes. */
import { type Command, InvalidArgumentError } from 'commander';
import { defaultMinutes, recipe } from '../demo/recipe.js';
import { addFlags, givenFlags } from '../flags/add-flags.js';
import { algorithms } from '../flags/generated-option.js';
import { type Flag, trainFlags } from '../flags/train-flags.js';

/** The flags of `train` that the demo has, too. */
const words = ['out', 'size', 'filters', 'blocks', 'steps', 'minutes', 'seed', 'engine', 'checkpointEvery', 'sampleEvery', 'resume']; // prettier-ignore

/** The defaults of the demo in words, if they are not those of its recipe. */
const fallbacks: Readonly<Record<string, string>> = {
  out: 'runs/demo',
  steps: 'as many as fit into --minutes',
  minutes: `about ${defaultMinutes}`,
};

/** A flag of `train` with the default of the demo. */
const ofDemo = (flag: Flag): Flag => ({
  ...flag,
  algorithms,
  ...(flag.word in fallbacks && { fallback: fallbacks[flag.word] }),
  ...(flag.word in recipe && { fallback: String(recipe[flag.word]) }),
  ...(flag.word === 'resume' && { help: 'Resumes the demo in --out. No other option is needed.' }),
});

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
      trains for about two minutes in runs/demo, and prints the address of a page
      that shows the run
  ts-cyclegan demo --resume
      resumes it after Ctrl-C

Needs the images of OpenMoji: npm install openmoji`;

/** Adds the command. */
export function addDemo(program: Command, setExitCode: (code: number) => void): void {
  const flags = trainFlags.filter(({ word }) => words.includes(word)).map(ofDemo);
  const command = program
    .command('demo')
    .summary('see it work on line drawings and colour images')
    .description(
      'Trains a CycleGAN on OpenMoji, line drawings and colour images, for about two minutes. Then scores it on test pairs, and ' +
        'writes a sheet and a page to the run folder.',
    )
    .option('--test <count>', `how many test pairs are scored, up to ${mostPairs}`, pairs, 50)
    .addHelpText('after', example);
  addFlags(command, flags);
  command.action(async ({ test }: { test: number }) => {
    const { demo } = await import('../demo/demo.js');
    setExitCode(await demo(givenFlags(command, flags), test));
  });
}
