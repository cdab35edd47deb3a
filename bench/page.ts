/** docs/benchmark.md: tables of all sittings. */
import {
  type Comparison,
  type Figures,
  type Sitting,
  type Spread,
  succeeded,
  trained,
  type Translated,
} from './results.js';

/** Milliseconds or seconds, three digits. */
const time = (ms: number): string =>
  ms < 999.5 ? `${Number(ms.toPrecision(3))} ms` : `${(ms / 1000).toPrecision(3)} s`;

const timeWithSpread = ({ median, lower, upper }: Spread): string =>
  `${time(median)} (${time(lower)} to ${time(upper)})`;

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const header = [
  'engine',
  'step',
  'times ours',
  'first step',
  'peak memory',
  'translation',
  'times ours',
  'parameters',
];

/** A table with one row for each engine. */
export function comparisonTable({ results }: Comparison): string {
  const [ours] = results;
  const times = (theirs: Spread, what: 'step' | 'translate') =>
    ours === undefined || !trained(ours) ? '' : (theirs.median / ours[what].median).toFixed(2);
  const training = (figures: Figures) => [
    timeWithSpread(figures.step),
    times(figures.step, 'step'),
    time(figures.firstMs),
    gigabytes(figures.peakRssBytes),
  ];
  const translation = ({ translate, parameters }: Translated) => [
    timeWithSpread(translate),
    times(translate, 'translate'),
    parameters.toLocaleString('en'),
  ];
  const rows = results.map((result) =>
    succeeded(result)
      ? [result.engine, ...(trained(result) ? training(result) : ['', '', '', '']), ...translation(result)]
      : [result.engine, result.failed.replaceAll('|', '\\|'), ...header.slice(2).map(() => '')],
  );
  return [header, header.map((_, i) => (i === 0 ? '---' : '--:')), ...rows].map(row).join('\n');
}

/**
 * The page.
 *
 * @param images returns titles and files of the plots of a sitting
 */
export function benchmarkPage(
  sittings: readonly Sitting[],
  images: (sitting: Sitting) => { title: string; file: string }[],
): string {
  const sections = sittings.map((sitting) => {
    const { filters, blocks, rounds, steps, machine, warning, comparisons } = sitting;
    const versions = new Set(
      comparisons.flatMap(({ results }) => results.filter(succeeded).map((r) => r.version)),
    );
    return [
      `## ${filters} filters, ${blocks} residual ${blocks === 1 ? 'block' : 'blocks'}`,
      `${machine}. ${[...versions].join('; ')}. Rounds: ${rounds}, of ${steps} steps.`,
      ...(warning === undefined ? [] : [`**Warning: ${warning}.**`]),
      ...comparisons.flatMap((comparison) => [
        `### ${comparison.size} px, batch ${comparison.batch}`,
        comparisonTable(comparison),
      ]),
      ...images(sitting).map(({ title, file }) => `![${title}](${file})`),
    ].join('\n\n');
  });
  return `${[introduction, ...sections].join('\n\n')}\n`;
}

const introduction = `# Benchmark

Written by \`npm run bench -- --peers\`; \`npm run bench -- --help\` lists the options.

A step trains a whole CycleGAN once: two ResNet generators, two 70×70 PatchGANs, least squares loss, λ 10, identity 0.5, Adam.
All engines have the same networks, start from the same weights and images, and use all cores. Their losses agree: within 0.1 % in
the first step and within 2 % in the second (except for bf16). The engines run in turns. Times are medians with quartiles. A value above 1
in "times ours" means slower than this library. The first step includes compilation. Peak memory is the maximum resident memory of
the process during training, including the language runtime. A translation is one batch from A to B with trainable weights; the
ONNX Runtime backend freezes them after a few translations. The exported generator is the ONNX model that \`torch.onnx.export\`
writes, in onnxruntime-node with its default options. Its images differ from ours by less than 0.001.`;
