/** The order of an epoch: by hash of seed, side, round and name, also of a large set; unchanged between versions. */
import { expect, test } from 'vitest';
import { hash53 } from '../../src/core/hash.js';
import { turns } from '../../src/data/epoch-order.js';

test('shuffled: all rounds together in the order of the hashes, from any showing on', () => {
  const names = Array.from({ length: 3000 }, (_, i) => `folder/${i}.jpg`);
  const [seed, side, count] = [12, 'a', 7000];
  const wanted = Array.from({ length: count }, (_, i) => {
    const [index, round] = [i % names.length, Math.floor(i / names.length)];
    const name = names[index]!;
    return { index, name, round, key: hash53(`${seed} ${side} ${round} ${name}`) };
  })
    .sort((a, b) => a.key - b.key)
    .map(({ index, name, round }) => ({ index, name, round }));
  const source = { length: names.length, names };
  expect([...turns(source, count, { side, seed, shuffle: true })]).toEqual(wanted);
  const after = wanted[4321]!;
  expect([...turns(source, count, { side, seed, shuffle: true }, after)]).toEqual(wanted.slice(4322));
});

test('in order: round by round, from any showing on; one that no longer exists has its place between its neighbours', () => {
  const of = (names: string[], after?: { name: string; round: number }) =>
    [...turns({ length: names.length, names }, 5, { side: 'a', seed: 1, shuffle: false }, after)].map(
      ({ name, round }) => `${name}${round}`,
    );
  expect(of(['b', 'd', 'f'])).toEqual(['b0', 'd0', 'f0', 'b1', 'd1']);
  expect(of(['b', 'd', 'f'], { name: 'd', round: 0 })).toEqual(['f0', 'b1', 'd1']);
  expect(of(['b', 'd', 'f'], { name: 'e', round: 0 })).toEqual(['f0', 'b1', 'd1']);
  expect(of(['b', 'd', 'f'], { name: 'g', round: 0 })).toEqual(['b1', 'd1']);
});
