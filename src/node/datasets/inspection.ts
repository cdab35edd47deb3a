/** The result of an inspection, as plain data. */
import type { SkippedFile } from '../images/list-images.js';
import type { FolderLayout } from './folder-parts.js';

/** A size in pixels, and how many images have it. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
  readonly images: number;
}

/** A subfolder, for example `trainA`. */
export interface InspectedPart {
  /** Its name, or `'.'` for the folder itself. */
  readonly name: string;
  /** Images that can be read. */
  readonly images: number;
  /** Images that cannot be read. {@link Inspection.broken} has the reasons. */
  readonly broken: number;
  /** Bytes of the images that can be read. */
  readonly bytes: number;
  /**
   * Sizes as training sees them: rotated according to EXIF, and of one half for pairs. They are ordered by the count of pixels.
   * Undefined without images. `images` counts the images of this size.
   */
  readonly sizes?: {
    readonly smallest: ImageSize;
    readonly median: ImageSize;
    readonly largest: ImageSize;
    /** The ten most common sizes. */
    readonly common: readonly ImageSize[];
    /** Count of different sizes. */
    readonly distinct: number;
  };
  /** Counts by format, for example `{ jpeg: 1067 }`. */
  readonly formats: Readonly<Record<string, number>>;
  /** Counts by depth and colours, for example `{ '8-bit RGB': 1060, '8-bit grey': 7 }`. */
  readonly modes: Readonly<Record<string, number>>;
  /** Images that EXIF rotates or mirrors. */
  readonly rotated: number;
  /** Images with an embedded colour profile, which is applied. */
  readonly profiles: number;
  /** Images with several frames or pages, of which training sees the first. */
  readonly animated: number;
  /** Images that are smaller than the training size, as paths relative to the folder. */
  readonly small: readonly string[];
  /** Up to 16 images, evenly spread, as paths relative to the folder. */
  readonly samples: readonly string[];
}

/** Images that are the same, or look the same. */
export interface Duplicates {
  /** Paths relative to the folder, with slashes on all systems. */
  readonly files: readonly string[];
  /** Whether all are the same file. Otherwise they are other sizes, formats or qualities of one image. */
  readonly exact: boolean;
  /**
   * - `'train-test'`: the test images include a training image, so tests look better than they are.
   * - `'domains'`: both domains have the image.
   * - `'within'`: one subfolder has the image more than once.
   */
  readonly kind: 'train-test' | 'domains' | 'within';
}

/** What training would see in a folder. */
export interface Inspection {
  /** The folder, as given. */
  readonly folder: string;
  /**
   * - `'unpaired'`: `trainA`, `trainB`, `testA`, `testB` (and `valA`, `valB`), as for CycleGAN.
   * - `'pairs'`: `train`, `val`, `test` with A and B side by side in one image, as for pix2pix.
   * - `'images'`: one folder of images with its subfolders.
   */
  readonly layout: FolderLayout;
  /** The training size with which images were compared, in pixels. */
  readonly size: number;
  readonly parts: readonly InspectedPart[];
  /** Images that training cannot read, with paths relative to the folder. */
  readonly broken: readonly SkippedFile[];
  /** Files that are no images, with paths relative to the folder. */
  readonly skipped: readonly SkippedFile[];
  /** Subfolders that training does not read. */
  readonly ignored: readonly string[];
  readonly duplicates: readonly Duplicates[];
}
