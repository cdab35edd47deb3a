/** Writes the results of a comparison: benchmark.json with all sittings, the page, and plots. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { benchmarkPage } from './page.js';
import { type Line, logPlot } from './plot.js';
import { type Comparison, type Sitting, trained, withSitting } from './results.js';

/** Adds a sitting to those in `folder`, replaces one of the same network, and writes all files. */
export async function report(folder: string, sitting: Sitting): Promise<void> {
  const json = join(folder, 'benchmark.json');
  await mkdir(join(folder, 'images'), { recursive: true });
  const before = await readFile(json, 'utf8').catch(() => '[]');
  const sittings = withSitting(JSON.parse(before) as Sitting[], sitting);
  await writeFile(json, `${JSON.stringify(sittings, null, 2)}\n`);
  for (const { file, svg } of sittings.flatMap(plots)) await writeFile(join(folder, file), svg);
  const page = await format(benchmarkPage(sittings, plots), { parser: 'markdown' });
  await writeFile(join(folder, 'benchmark.md'), page);
}

/** Plots of the step time against pixels and against batch size, if a sitting has several. */
export function plots(sitting: Sitting): { title: string; file: string; svg: string }[] {
  const { filters, blocks, comparisons } = sitting;
  const { size, batch } = comparisons[0]!;
  const bySize = comparisons.filter((comparison) => comparison.batch === batch);
  const byBatch = comparisons.filter((comparison) => comparison.size === size);
  const kinds = [
    {
      kind: 'pixels',
      title: `A training step against pixels, batch ${batch}`,
      xLabel: 'pixels of an image (logarithmic)',
      chosen: bySize,
      tick: (c: Comparison) => ({ x: c.size ** 2, label: `${c.size}²` }),
    },
    {
      kind: 'batch',
      title: `A training step against batch size, ${size} px`,
      xLabel: 'images in a batch (logarithmic)',
      chosen: byBatch,
      tick: (c: Comparison) => ({ x: c.batch, label: `${c.batch}` }),
    },
  ];
  return kinds
    .filter(({ chosen }) => chosen.length > 1)
    .flatMap(({ kind, title, xLabel, chosen, tick }) => {
      const ordered = chosen.map((c) => ({ ...tick(c), results: c.results })).sort((a, b) => a.x - b.x);
      const engines = [...new Set(ordered.flatMap(({ results }) => results.map(({ engine }) => engine)))];
      const lines = engines.map((name): Line => ({
        name,
        points: ordered.flatMap(({ x, results }) =>
          results
            .filter(trained)
            .filter(({ engine }) => engine === name)
            .map(({ step }): [number, number] => [x, step.median]),
        ),
      }));
      const drawn = lines.filter(({ points }) => points.length > 0);
      if (drawn.length === 0) return [];
      const svg = logPlot(drawn, {
        title: `${title}, ${filters} filters, ${blocks} blocks`,
        xLabel,
        yLabel: 'time of a step (logarithmic)',
        xTicks: ordered,
        yFormat: (ms) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`),
      });
      return [{ title, file: `images/benchmark-${filters}x${blocks}-${kind}.svg`, svg }];
    });
}
