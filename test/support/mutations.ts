/** Damages plain data in the ways in which files get damaged, the same way for the same seed. */
import type { Random } from 'ts-cyclegan';

type Parent = Record<string | number, unknown>;

/** All places of a value: the object or array, and the key. */
function places(value: unknown, found: [Parent, string | number][] = []): [Parent, string | number][] {
  if (typeof value !== 'object' || value === null) return found;
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  for (const key of keys) {
    found.push([value as Parent, key]);
    places((value as Parent)[key], found);
  }
  return found;
}

const strange = [
  null, true, false, 0, -1, 0.5, 1e9, 1e300, NaN, Infinity, '', 'x', '__proto__', 'constructor', [], {}, [[]],
]; // prettier-ignore

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

const mutations: ((parent: Parent, key: string | number, random: Random) => void)[] = [
  (parent, key) => (Array.isArray(parent) ? parent.splice(Number(key), 1) : Reflect.deleteProperty(parent, key)),
  (parent, key, random) => (parent[key] = strange[random.index(strange.length)]),
  (parent, key) => (parent[key] = String(parent[key])),
  (parent, key) => (parent[key] = [parent[key]]),
  (parent, key) => (parent[key] = nested(100)),
  (parent, key) => (parent[key] = typeof parent[key] === 'number' ? -parent[key] : { x: parent[key] }),
  (parent, key) => (parent[key] = typeof parent[key] === 'number' ? parent[key] * 1e6 + 1 : `${String(parent[key])}_`),
  (parent, key) => {
    if (Array.isArray(parent)) parent.push(parent[Number(key)]);
    else {
      parent[`${key}_2`] = parent[key];
      Reflect.deleteProperty(parent, key);
    }
  },
  (parent, key, random) => {
    const keys = Object.keys(parent);
    const other = keys[random.index(keys.length)]!;
    [parent[key], parent[other]] = [parent[other], parent[key]];
  },
]; // prettier-ignore

/** Changes one place of `value`, or a few, at random. */
export function mutate(value: object, random: Random): void {
  const times = 1 + (random.uniform() < 0.3 ? random.index(4) : 0);
  for (let i = 0; i < times; i++) {
    const all = places(value);
    if (all.length === 0) return;
    const [parent, key] = all[random.index(all.length)]!;
    mutations[random.index(mutations.length)]!(parent, key, random);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Bytes with a bit flipped, some of them overwritten, cut off, repeated or lost. */
export function damage(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.index(bytes.length);
  const copy = Uint8Array.from(bytes);
  switch (random.index(5)) {
    case 0:
      copy[at]! ^= 1 << random.index(8);
      return copy;
    case 1:
      return copy.fill(random.index(256), at, at + 1 + random.index(64));
    case 2:
      return copy.subarray(0, at);
    case 3:
      return joined(copy.subarray(0, 20), copy);
    default:
      copy.copyWithin(at, at + 1);
      return copy.subarray(0, -1);
  }
}
