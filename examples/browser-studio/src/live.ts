/** Work that follows what changes quickly, such as a drawing. */

/**
 * Returns a function that asks for work. While the work runs, more requests become one, so it always ends with what is newest, and
 * nothing queues up.
 */
export function latest(work: () => Promise<void>): () => void {
  let running = false;
  let again = false;
  const run = async () => {
    running = true;
    do {
      again = false;
      await nextFrame();
      await work();
    } while (again);
    running = false;
  };
  return () => {
    again = true;
    if (!running) void run();
  };
}

/** Resolves with the next frame; pages that are not shown have none. */
const nextFrame = (): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, 100);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      resolve();
    });
  });

/** Measures how many translations there are in a second. Returns a function that takes the milliseconds of one. */
export function speedometer(): (milliseconds: number) => string {
  let times: number[] = [];
  return (milliseconds) => {
    const now = performance.now();
    times = [...times.filter((time) => now - time < 2000), now];
    const each = `${Math.round(milliseconds)} ms`;
    if (times.length < 3) return each;
    const rate = (1000 * (times.length - 1)) / (now - times[0]!);
    return `${rate.toFixed(rate < 10 ? 1 : 0)} images a second, ${each} each`;
  };
}
