/**
 * SVG files. They have no pixels, so they are drawn at the size that training needs. librsvg, the renderer in sharp, runs no
 * scripts, loads no other files, and limits entities and references. An SVG that needs another file is refused, because its
 * drawing would lack a part.
 */
import { CycleGANError } from '../../core/errors.js';
import type { Sharp } from './sharp.js';

/** An SVG that can be drawn at any size. */
export interface Drawing {
  /** Its own size in CSS pixels, with fractions. */
  readonly height: number;
  readonly width: number;
  /** The size in whole pixels if the shorter side has `shortSide` pixels, by default its own. */
  sizeFor(shortSide?: number): [height: number, width: number];
  /** The density at which a drawing fills `size`. */
  densityFor(size: readonly [height: number, width: number]): number;
}

/** sharp's density for CSS pixels. */
const ownDensity = 72;
/** sharp reports whole pixels, so sizes are read at this density, which gives two more digits. */
const fineDensity = 100 * ownDensity;
/** sharp's limit. */
const mostDensity = 100_000;

/** @throws CycleGANError `INVALID_DATA` for references to other files; sharp's errors */
export async function openDrawing(sharp: Sharp, file: Buffer): Promise<Drawing> {
  refuseReferences(file.toString('utf8'));
  const sizeAt = async (density: number) => {
    const { height, width } = await sharp(file, { density, limitInputPixels: false }).metadata();
    return { height: (height * ownDensity) / density, width: (width * ownDensity) / density };
  };
  const { height, width } = await sizeAt(fineDensity).catch(() => sizeAt(ownDensity)); // a very large SVG has no size at the finer
  const scaled = (scale: number): [number, number] => [
    Math.max(1, Math.round(height * scale)),
    Math.max(1, Math.round(width * scale)),
  ];
  return {
    height,
    width,
    sizeFor: (shortSide) => scaled(shortSide === undefined ? 1 : shortSide / Math.min(height, width)),
    densityFor: (size) =>
      Math.min(mostDensity, Math.max(1, ownDensity * Math.max(size[0] / height, size[1] / width))),
  };
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
