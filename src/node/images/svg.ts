/**
 * SVG files. They have no pixels, so they are drawn at the size that training needs. librsvg, the renderer in sharp, runs no
 * scripts, loads no other files, and limits entities and references. An SVG that needs another file is refused, because its
 * drawing would lack a part.
 */
import { CycleGANError } from '../../core/errors.js';
import type { Sharp } from './sharp.js';

/** The size of an SVG in CSS pixels, with fractions. */
export interface DrawingSize {
  readonly height: number;
  readonly width: number;
  /** The power of the density with which its drawings grow: 1, or 2 for sizes in physical units such as mm. */
  readonly power: number;
}

/** sharp's density for CSS pixels. */
const ownDensity = 72;
const finer = 100;
/** sharp's limits. */
const [leastDensity, mostDensity] = [1, 100_000];

/** @throws CycleGANError `INVALID_DATA` for references to other files; sharp's errors */
export async function openDrawing(
  sharp: Sharp,
  file: Buffer,
  rounded: { height: number; width: number },
): Promise<DrawingSize> {
  refuseReferences(file.toString('utf8'));
  // sharp reports whole pixels; at a higher density, it reports more digits
  const fine = await sharp(file, { density: finer * ownDensity, limitInputPixels: false })
    .metadata()
    .catch(() => undefined); // a very large SVG has no size at this density
  if (fine === undefined) return { ...rounded, power: 1 };
  const power = Math.round(Math.log(fine.width / rounded.width) / Math.log(finer));
  return { height: fine.height / finer ** power, width: fine.width / finer ** power, power };
}

/** The size of a drawing in whole pixels if its shorter side has `shortSide` pixels, by default its own. */
export function drawnSize(
  { height, width }: DrawingSize,
  shortSide = Math.min(height, width),
): [height: number, width: number] {
  const scale = shortSide / Math.min(height, width);
  return [Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale))];
}

/** The density at which a drawing fills `size`. */
export function densityFor(
  { height, width, power }: DrawingSize,
  size: readonly [height: number, width: number],
): number {
  const density = ownDensity * Math.max(size[0] / height, size[1] / width) ** (1 / power);
  return Math.min(mostDensity, Math.max(leastDensity, density));
}

/** What loads a file: `href` of elements that draw it, `url(…)` and `@import` of styles, style sheets, XInclude. */
const references = [
  /<(?:[\w-]+:)?(?:image|use|feImage|include)\b[^>]*?\s(?:[\w-]+:)?href\s*=\s*(?:"([^"]*)"|'([^']*)')/gi,
  /url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"'\s]*))\s*\)/gi,
  /@import\s+(?:"([^"]*)"|'([^']*)')/gi,
  /<\?xml-stylesheet\b[^>]*?\shref\s*=\s*(?:"([^"]*)"|'([^']*)')/gi,
];

function refuseReferences(text: string): void {
  const content = text.replace(/<!--[\s\S]*?-->/g, '');
  for (const pattern of references) {
    for (const match of content.matchAll(pattern)) {
      const groups: (string | undefined)[] = match.slice(1);
      const target = groups.find((group) => group !== undefined)?.trim() ?? '';
      if (target === '' || target.startsWith('#') || /^data:/i.test(target)) continue;
      throw new CycleGANError(
        'INVALID_DATA',
        `the SVG refers to ${JSON.stringify(target.slice(0, 100))}, and other files are not loaded. ` +
          'Embed it as a data: URL, or remove the file.',
      );
    }
  }
}
