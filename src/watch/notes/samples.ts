/** Notes on the sample images: inverted colours, fakes that are all alike, fakes that equal their inputs. */
import type { Note } from '../protocol.js';
import { type Check, directionName, type RunFacts, type SheetStats } from './facts.js';

/**
 * There are no notes before this step. Untrained generators make grey images that are all alike; in recorded healthy runs, this ended
 * after 100 to 300 steps.
 */
const quietSteps = 400;
/** A single odd sheet gives no note. */
const sheetsNeeded = 3;

/** One note for the directions whose last sheets all pass the test. */
function inDirections(
  { sheets }: RunFacts,
  test: (sheet: SheetStats) => boolean,
  note: (directions: string, last: SheetStats) => Note,
): Note[] {
  const directions = [...new Set(sheets.map(({ direction }) => direction))];
  const found = directions.flatMap((direction) => {
    const own = sheets.filter((sheet) => sheet.direction === direction && sheet.step >= quietSteps);
    const last = own.slice(-sheetsNeeded);
    return last.length === sheetsNeeded && last.every(test) ? [last.at(-1)!] : [];
  });
  const names = found.map(({ direction }) => directionName(direction)).join(' and ');
  return found.length > 0 ? [note(names, found[0]!)] : [];
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

/** Healthy translations of images on the same background have 0.5 and more, unrelated images are near 0. */
const inverted = -0.3;

/** Bright becomes dark and dark becomes bright: cycle losses allow it, and the generators cannot leave this state by themselves. */
export const coloursInverted: Check = (facts) =>
  inDirections(
    facts,
    ({ inputFakeCorrelation: r }) => r !== undefined && r < inverted,
    (directions, { inputFakeCorrelation: r }) => ({
      code: 'colours-inverted',
      severity: 'warning',
      title: `Colours are inverted, ${directions}`,
      what: `Where the inputs are bright, the fakes are dark (correlation ${r!.toFixed(2)} in the last ${sheetsNeeded} sheets).`,
      todo:
        'If this is not what the data is like, start again with another seed: the generators do not leave this state. An identity ' +
        'loss (lambdaIdentity 0.5) makes it less likely.',
    }),
  );

/**
 * Fakes of a GAN are compared with real images of the same kind. In recorded healthy runs they differed at least half as much, in one
 * that had collapsed to a single digit 25 to 39 %. Translations are compared with their inputs, which may be of a much richer kind: drawings of photos,
 * for example, differ a fifth as much.
 */
const collapsed = { generated: 0.4, translated: 0.1 };

/** All inputs give nearly the same fake. */
export const modeCollapse: Check = (facts) =>
  inDirections(
    facts,
    ({ fakeDiversity: fakes, inputDiversity: inputs }) =>
      fakes !== undefined &&
      inputs !== undefined &&
      inputs > 0.01 &&
      fakes < inputs * (facts.algorithm === 'gan' ? collapsed.generated : collapsed.translated),
    (directions, { fakeDiversity: fakes, inputDiversity: inputs }) => ({
      code: 'mode-collapse',
      severity: 'warning',
      title: facts.algorithm === 'gan' ? 'Fakes are all alike' : `Fakes are all alike, ${directions}`,
      what:
        `They differ from each other only ${percent(fakes! / inputs!)} as much as ${facts.algorithm === 'gan' ? 'real images' : 'the inputs'} ` +
        `do, in the last ${sheetsNeeded} sheets. The generator has collapsed to one image, or a few.`,
      todo:
        'Resume from a checkpoint before the collapse with a lower learning rate of the generator. ' +
        (facts.algorithm === 'gan'
          ? 'Another loss (wgan-gp, dragan), or more critic steps, makes it less likely.'
          : 'A larger cycle or L1 weight (lambdaA, lambdaB, lambdaL1), or another adversarial loss, makes it less likely.'),
    }),
  );

/**
 * Distance in parts of the mean distance of two inputs, and correlation. Fakes of a recorded run that passed images through had 12 % and
 * 0.99; the closest healthy ones, line drawings that get colours, 23 % and 0.92.
 */
const unchanged = { distance: 0.15, correlation: 0.95 };

/** The generators pass images through. */
export const nothingLearned: Check = (facts) =>
  inDirections(
    facts,
    ({ inputFakeDistance: distance, inputFakeCorrelation: r, inputDiversity: inputs }) =>
      distance !== undefined &&
      r !== undefined &&
      inputs !== undefined &&
      inputs > 0.01 &&
      distance < unchanged.distance * inputs &&
      r > unchanged.correlation,
    (directions, { inputFakeDistance: distance }) => ({
      code: 'nothing-learned',
      severity: 'warning',
      title: `Fakes equal their inputs, ${directions}`,
      what: `The generator changes images by ${percent(distance!)} of the range of values on average, in the last ${sheetsNeeded} sheets.`,
      todo:
        'Lower the cycle and identity weights (lambdaA, lambdaB, lambdaIdentity): they reward generators that change nothing. Check ' +
        'also that the two folders really hold different kinds of images.',
    }),
  );
