/** Seeded numbers: repeatable, restorable, and spread as they should be. */
import { Random } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';

describe('Random', () => {
  it('gives the same for the same seed, and goes on from a state', () => {
    const [a, b] = [new Random(7), new Random(7)];
    const first = Array.from({ length: 5 }, () => a.uniform());
    expect(Array.from({ length: 5 }, () => b.uniform())).toEqual(first);
    const state = JSON.parse(JSON.stringify(a.state())) as number[];
    const next = [a.uniform(), a.index(10), a.normal(), ...a.permutation(5), a.seed()];
    b.restore(state);
    expect([b.uniform(), b.index(10), b.normal(), ...b.permutation(5), b.seed()]).toEqual(next);
  });

  it('is spread evenly over small seeds, from the first number on', () => {
    const firsts = Array.from({ length: 2000 }, (_, seed) => new Random(seed).uniform());
    const tenths = new Array<number>(10).fill(0);
    for (const value of firsts) tenths[Math.floor(10 * value)]! += 1;
    // 200 each, standard deviation 13.4
    for (const count of tenths) expect(Math.abs(count - 200)).toBeLessThan(67);
  });

  it('gives normal numbers, whole numbers and permutations', () => {
    const random = new Random(1);
    const normal = Array.from({ length: 20_000 }, () => random.normal());
    const mean = normal.reduce((sum, x) => sum + x, 0) / normal.length;
    const variance = normal.reduce((sum, x) => sum + (x - mean) ** 2, 0) / normal.length;
    const beyondTwo = normal.filter((x) => Math.abs(x) > 2).length / normal.length;
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(20_000));
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.0075);
    expect(new Set(Array.from({ length: 200 }, () => random.index(3)))).toEqual(new Set([0, 1, 2]));
    expect([...random.permutation(50)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
  });

  it('refuses what is no seed and no state', () => {
    expect(() => new Random(0.5)).toThrow('Random: seed must be a whole number, got 0.5.');
    expect(() => new Random(NaN)).toThrow('Random: seed must be a whole number, got NaN.');
    expect(() => new Random(1).restore([1, 2])).toThrow(
      'Random.restore: expected four whole numbers, got [1, 2].',
    );
  });
});
