/** What the command prints: results on stdout, progress and errors on stderr. */
import pc from 'picocolors';

/** Colours are used in a terminal, unless NO_COLOR is set, and elsewhere if FORCE_COLOR is set. */
export function useColours(stream: { isTTY?: boolean }, env = process.env): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR);
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Colours for stdout. */
export const colours = pc.createColors(useColours(process.stdout));

/** Prints a line. */
export const print = (line = ''): void => void process.stdout.write(`${line}\n`);

/** Prints an object as one line of JSON. */
export const printJson = (value: unknown): void => print(JSON.stringify(value));

/** Two columns: names and what they are. */
export function columns(rows: readonly (readonly [name: string, text: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${colours.bold(name.padEnd(width))}  ${text}`.trimEnd()).join('\n');
}

/** Bytes in a unit that people read: `1.5 GiB`. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]!}`;
}

/** A duration: `0.21 s`, `4 min 5 s`, `3 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toPrecision(2)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}
