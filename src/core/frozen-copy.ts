/** Settings that nobody can change afterwards, neither in place nor through the object that they were made of. */

/** A deep copy of plain objects and arrays, frozen. Whatever else is in them, class instances and functions say, stays as it is. */
export function frozenCopy<T>(value: T): T {
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => frozenCopy(item))) as T;
  if (!isPlainData(value)) return value;
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([name, item]) => [name, frozenCopy(item)])),
  ) as T;
}

/** An object without a class and without functions, which may need to be that very object. */
function isPlainData(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return plain && Object.values(value).every((item) => typeof item !== 'function');
}

/**
 * An object of the same members, frozen, that stays as it is when `object` changes: functions are bound to `object`, data
 * is copied.
 *
 * @param names the members that are taken, if `object` has them
 */
export function frozenView<T extends object>(object: T, names: readonly (keyof T)[]): T {
  const members = names
    .filter((name) => object[name] !== undefined)
    .map((name) => {
      const member: unknown = object[name];
      return [name, typeof member === 'function' ? (member.bind(object) as unknown) : frozenCopy(member)];
    });
  return Object.freeze(Object.fromEntries(members)) as T;
}
