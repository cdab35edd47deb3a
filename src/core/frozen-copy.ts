/** Immutable copies of settings. */

/** A deep, frozen copy of plain objects and arrays. Class instances and functions in them are not copied. */
export function frozenCopy<T>(value: T): T {
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => frozenCopy(item))) as T;
  if (!isPlainData(value)) return value;
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([name, item]) => [name, frozenCopy(item)])),
  ) as T;
}

/** An object without a class and without functions: functions may use `this`. */
function isPlainData(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return plain && Object.values(value).every((item) => typeof item !== 'function');
}

/**
 * A frozen object with the same members, which later changes of `object` do not affect. Functions are bound to `object`, data
 * is copied.
 *
 * @param names the members to include, if `object` has them
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
