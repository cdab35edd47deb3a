/** The figures of one subfolder. */
import type { FolderPart } from './folder-parts.js';
import type { ImageFacts, Inspected } from './image-facts.js';
import type { ImageSize, InspectedPart } from './inspection.js';

const mostCommon = 10;
const mostSamples = 16;

export function inspectedPart(part: FolderPart, images: readonly Inspected[], size: number): InspectedPart {
  const readable = images.filter(
    (image): image is Inspected & { facts: ImageFacts } => image.facts !== undefined,
  );
  const facts = readable.map((image) => image.facts);
  const sizes = sizesOf(facts);
  return {
    name: part.name,
    images: readable.length,
    broken: images.length - readable.length,
    bytes: facts.reduce((sum, { bytes }) => sum + bytes, 0),
    ...(sizes && { sizes }),
    formats: counted(facts.map(({ format }) => format)),
    modes: counted(facts.map(({ mode }) => mode)),
    rotated: facts.filter(({ rotated }) => rotated).length,
    profiles: facts.filter(({ profile }) => profile).length,
    animated: facts.filter(({ frames }) => frames > 1).length,
    small: readable
      .filter((image) => Math.min(image.facts.width, image.facts.height) < size)
      .map(({ name }) => name),
    samples: spread(readable.map(({ name }) => name)),
  };
}

/** Counts by name, the most common first. */
function counted(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)));
}

function sizesOf(facts: readonly ImageFacts[]): InspectedPart['sizes'] {
  const ordered = [...facts].sort((a, b) => a.width * a.height - b.width * b.height || a.width - b.width);
  const counts = counted(ordered.map(({ width, height }) => `${width}×${height}`));
  const size = ({ width, height }: { width: number; height: number }): ImageSize => ({
    width,
    height,
    images: counts[`${width}×${height}`]!,
  });
  const [smallest, median, largest] = [0, (ordered.length - 1) >> 1, ordered.length - 1].map(
    (i) => ordered[i],
  );
  if (!smallest || !median || !largest) return undefined;
  const common = Object.keys(counts)
    .slice(0, mostCommon)
    .map((key) => {
      const [width, height] = key.split('×').map(Number) as [number, number];
      return size({ width, height });
    });
  return {
    smallest: size(smallest),
    median: size(median),
    largest: size(largest),
    common,
    distinct: Object.keys(counts).length,
  };
}

function spread(names: readonly string[]): string[] {
  const count = Math.min(names.length, mostSamples);
  return Array.from({ length: count }, (_, i) => names[Math.floor((i * names.length) / count)]!);
}
