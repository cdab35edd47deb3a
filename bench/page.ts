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

/** One line an engine. */
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

/** `images` gives the plots of a sitting: their titles and files. */
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

A step trains a whole CycleGAN once: two ResNet generators, two 70×70 PatchGANs, least squares, λ 10, identity 0.5,
two Adams. All engines have the same networks, start from the same weights and images, use all cores, and report the same
losses: in the first step to a thousandth, in the second to a fiftieth (but for bf16). They take turns in one sitting. Times are medians with quartiles;
"times ours" above 1 is slower than ours. The first step includes compiling. Peak memory is the most that the
process was resident with while it trained, the language's runtime included. A translation is one batch from A to B
with the weights still trainable; ours makes constants of them by itself after a few. The exported generator is a plain ONNX model,
operator by operator what \`torch.onnx.export\` gives, in onnxruntime-node with its default options; its images are ours to a thousandth.`;
