/** A loss is NaN or infinite, or the learning rate is 0: further steps change nothing, or for the worse. */
import type { Check } from './facts.js';

/** A trainer refuses the step, so usually only the last row has such a value. */
export const notANumber: Check = ({ losses, steps, column }) => {
  const last = steps.length - 1;
  if (last < 0) return [];
  // a column that appears later in the run, or has ended, is not NaN but missing: only rows that lose a value they had count
  const bad = losses.filter(
    (name) => Number.isNaN(column(name)![last]) && (last === 0 || !Number.isNaN(column(name)![last - 1])),
  );
  const allBad = losses.length > 0 && losses.every((name) => Number.isNaN(column(name)![last]));
  if (bad.length === 0 && !allBad) return [];
  const named = bad.length > 0 ? bad : losses;
  return [
    {
      code: 'not-a-number',
      severity: 'error',
      title: 'A loss is not a number',
      what: `At step ${steps[last]!.toLocaleString('en')}, ${named.slice(0, 4).join(', ')}${named.length > 4 ? ' and others' : ''} became NaN or infinite.`,
      todo:
        'Resume from the last checkpoint with a lower learning rate, for example half of it. If it happens again at once, look for ' +
        'broken training images, and for loss weights (λ) that are too large.',
    },
  ];
};

/** Schedules end at 0. A run that is not finished then only wastes time. */
export const noLearningRate: Check = ({ steps, column }) => {
  const rates = column('lr');
  const last = steps.length - 1;
  if (!rates || last < 0 || rates[last] !== 0) return [];
  return [
    {
      code: 'learning-rate-zero',
      severity: 'info',
      title: 'The learning rate is 0',
      what: 'The schedule of the learning rate has ended. Further steps do not change the networks.',
      todo: 'Use the model as it is, or resume with more epochs or another schedule.',
    },
  ];
};
