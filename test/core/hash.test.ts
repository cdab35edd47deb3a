import { expect, test } from 'vitest';
import { hash53 } from '../../src/core/hash.js';

test('the numbers of the original', () => {
  expect(['a', 'b', 'revenge', 'revenue'].map(hash53)).toEqual([
    7929297801672961, 8684336938537663, 4051478007546757, 8309097637345594,
  ]);
});
