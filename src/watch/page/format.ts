/** Values as text. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A count, such as 12,400. */
export const count = (value: number): string => whole.format(value);

/** Three digits, such as 0.0123, 1.23, 45.6, 12,300 or 2e-4. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e7)
    return value
      .toExponential(2)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e');
  return size >= 1000 ? whole.format(value) : String(Number(value.toPrecision(3)));
}

/** Seconds as 45 s, 3 min 20 s, 2 h 5 min or 3 d 4 h. */
export function duration(seconds: number): string {
  const units: [string, number][] = [['d', 86_400], ['h', 3600], ['min', 60], ['s', 1]]; // prettier-ignore
  const rounded = Math.round(seconds);
  const first = units.findIndex(([, size]) => rounded >= size);
  if (first < 0) return '0 s';
  const [unit, size] = units[first]!;
  const next = units[first + 1];
  const rest = next ? Math.floor((rounded % size) / next[1]) : 0;
  return `${Math.floor(rounded / size)} ${unit}${rest > 0 ? ` ${rest} ${next![0]}` : ''}`;
}

/** 1.4 steps/s, or 12 s/step for slow ones. */
export function speed(stepsPerSecond: number | null): string {
  if (stepsPerSecond === null || stepsPerSecond <= 0) return '–';
  return stepsPerSecond >= 0.5 ? `${short(stepsPerSecond)} steps/s` : `${short(1 / stepsPerSecond)} s/step`;
}

/** Bytes as MiB or GiB. */
export const bytes = (value: number): string =>
  value >= 2 ** 30 ? `${(value / 2 ** 30).toFixed(1)} GiB` : `${count(value / 2 ** 20)} MiB`;
