/** Measures FID of many features: time, and memory. */
import { FeatureStatistics, fid } from 'ts-cyclegan/metrics';
import { Random } from 'ts-cyclegan';

/** Features of an image, as of the FID network. */
const size = 2048;
/** Images that are added at once. */
const batch = 50;

/** Adds `count` random features to both sets, and computes their distance. */
export async function fidTime(count: number, print: (line: string) => void): Promise<void> {
  const random = new Random(1);
  const rows = Float32Array.from({ length: batch * size }, () => random.uniform());
  const before = process.memoryUsage.rss();
  const statistics = [new FeatureStatistics(), new FeatureStatistics()] as const;
  const seconds = (from: number, cpu: NodeJS.CpuUsage) =>
    `${((performance.now() - from) / 1000).toFixed(1)} s, ${(process.cpuUsage(cpu).user / 1e6).toFixed(1)} s of a processor core`;
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (const [i, set] of statistics.entries()) {
    for (let done = 0; done < count; done += batch) {
      // a new mixture each time, so that the covariance has full rank
      const rowsNow = Math.min(batch, count - done);
      const data = rows
        .subarray(0, rowsNow * size)
        .map((value, k) => value + (i / 10) * rows[(k + 17 * done + 1) % rows.length]! + random.uniform());
      await set.add({ data, shape: [rowsNow, size] });
    }
  }
  print(`${count} × ${size} features, two sets: made and added in ${seconds(start, cpu)}`);
  const [between, cpuBetween] = [performance.now(), process.cpuUsage()];
  const distance = fid(...statistics);
  print(`FID ${distance.toFixed(3)} in ${seconds(between, cpuBetween)}`);
  const peak = process.resourceUsage().maxRSS * 1024 - before;
  print(`at most ${(peak / 1e6).toFixed(0)} MB more memory than before`);
}
