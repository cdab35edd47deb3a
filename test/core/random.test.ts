/** Seeded numbers: repeatable, restorable, and spread as they should be. */
import { Random } from 'ts-cyclegan';
import { describe, expect, it } from 'vitest';
import { anySeed } from '../../src/core/random.js';

const draw = (count: number, next: () => number) => Array.from({ length: count }, next);
const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;

describe('Random', () => {
  it('draws the same from the same seed, something else from another', () => {
    const stream = (seed: number) => {
      const random = new Random(seed);
      return [random.uniform(), random.index(1000), random.normal(), random.seed(), ...random.permutation(9)];
    };
    expect(stream(7)).toEqual(stream(7));
    expect(stream(8)).not.toEqual(stream(7));
    expect(stream(7 + 2 ** 32)).toEqual(stream(7)); // the lowest 32 bits count
    expect(stream(-1)).not.toEqual(stream(1));
  });

  it('goes on where a state says, which is plain data', () => {
    const random = new Random(3);
    random.uniform();
    const state = JSON.parse(JSON.stringify(random.state())) as number[];
    const next = draw(5, () => random.normal());
    const other = new Random(0);
    other.restore(state);
    expect(draw(5, () => other.normal())).toEqual(next);
  });

  it('draws evenly from [0, 1), and whole numbers below a bound', () => {
    const random = new Random(1);
    const values = draw(10_000, () => random.uniform());
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / 10_000)); // four standard errors
    const counts = [0, 0, 0];
    for (const i of draw(9000, () => random.index(3))) counts[i]!++;
    for (const count of counts) expect(Math.abs(count - 3000)).toBeLessThan(4 * Math.sqrt(9000 * (2 / 9)));
    expect(draw(20, () => random.index(1))).toEqual(Array(20).fill(0));
  });

  it('is spread evenly over small seeds, from the first number on', () => {
    const counts = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 2000; seed++) counts[Math.floor(10 * new Random(seed).uniform())]!++;
    for (const count of counts) expect(Math.abs(count - 200)).toBeLessThan(67); // five standard deviations
  });

  it('draws from the normal distribution', () => {
    const random = new Random(2);
    const values = draw(20_000, () => random.normal());
    const within = (sigmas: number) =>
      values.filter((value) => Math.abs(value) < sigmas).length / values.length;
    expect(Math.abs(mean(values))).toBeLessThan(4 / Math.sqrt(20_000));
    expect(Math.abs(mean(values.map((value) => value ** 2)) - 1)).toBeLessThan(4 * Math.sqrt(2 / 20_000));
    expect(within(1)).toBeCloseTo(0.6827, 1.7);
    expect(within(2)).toBeCloseTo(0.9545, 1.9);
  });

  it('permutes, every order as likely', () => {
    const random = new Random(4);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.permutation(3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['012', '021', '102', '120', '201', '210']);
    for (const count of counts.values())
      expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(6000 * (5 / 36)));
    expect(random.permutation(0)).toEqual([]);
  });

  it('refuses seeds and states that are none', () => {
    expect(() => new Random(0.5)).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: Random: seed must be a whole number, got 0.5.]`,
    );
    expect(() => new Random('7' as never)).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: Random: seed must be a whole number, got "7".]`,
    );
    expect(() => {
      new Random(1).restore([1, 2, 3]);
    }).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: Random.restore: expected four whole numbers, got [1, 2, 3].]`,
    );
    expect(() => {
      new Random(1).restore([1, 2, 3, NaN]);
    }).toThrowErrorMatchingInlineSnapshot(
      `[CycleGANError: Random.restore: expected four whole numbers, got [1, 2, 3, NaN].]`,
    );
  });
});

it('anySeed gives seeds that Random and the options take', () => {
  for (const seed of draw(100, anySeed))
    expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31).toBe(true);
});
