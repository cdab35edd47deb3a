/** States that versions of the format left: they resume, with the losses that the trainer went on to have then. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadState } from 'ts-cyclegan/node';
import { describe, expect, it } from 'vitest';
import { stateVersion } from '../../src/trainer/engine/state.js';
import { withoutLeaks } from '../support/leaks.js';
import { subjects } from './fixtures/subjects.js';

const fixtures = join(import.meta.dirname, 'fixtures');
const versions = readdirSync(fixtures).filter((name) => name.startsWith('version-'));

interface Expected {
  epoch: number;
  step: number;
  losses: Record<string, number>[];
}

it('there is a state of each version since 2, the first that is supported', () => {
  expect(versions.sort()).toEqual(Array.from({ length: stateVersion - 1 }, (_, i) => `version-${i + 2}`));
});

describe.each(versions)('%s', (version) => {
  const expected = JSON.parse(readFileSync(join(fixtures, version, 'expected.json'), 'utf8')) as Record<
    string,
    Expected
  >;

  it.each(Object.keys(expected))('%s', (name) =>
    withoutLeaks(async () => {
      const { trainer, fit, dispose } = subjects[name]!();
      trainer.restore(await loadState(join(fixtures, version, `${name}.state`)));
      const { epoch, step, losses } = expected[name]!;
      expect([trainer.epoch, trainer.step]).toEqual([epoch, step]);
      const got: Record<string, number | undefined>[] = [];
      await fit({ onStepEnd: (_, own) => void got.push({ ...own }) });
      expect(got.length).toBe(losses.length);
      for (const [i, own] of losses.entries()) {
        expect(Object.keys(got[i]!)).toEqual(Object.keys(own));
        // backends round differently
        expect(Object.values(got[i]!) as number[]).toBeAllClose(Object.values(own), {
          rtol: 1e-5,
          atol: 1e-5,
        });
      }
      dispose();
    }),
  );
});
