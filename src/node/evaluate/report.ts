/** The contents of `report.json`. */
import type { Direction } from '../../models/saved-cyclegan.js';
import type { Scores } from './scores.js';

/** A figure that compares the fakes with real images through a network. */
export interface FeatureFigures {
  fid: number;
  kid: number;
  /** How many fakes and real images were compared. */
  fakes: number;
  real: number;
  /** Images of each set that KID used. */
  kidImages: number;
}

/** Distances of images to the nearest training image of their domain. */
export interface NeighbourFigures {
  /** What distances are of: a feature network, or pixels. */
  of: string;
  trainingImages: number;
  /** The median distance of the fakes, and of real test images. */
  fakes: number;
  real: number | null;
}

/** The scores of one test image. */
export interface ImageScores extends Scores {
  name: string;
  /** The nearest training image, and its distance. */
  nearest?: { name: string; distance: number };
}

/** An image of the report's page, as a data URI. */
export interface ShownRow {
  name: string;
  input: string;
  fake: string;
  cycle?: string;
  truth?: string;
  scores: ImageScores;
}

/** The results of one direction. */
export interface DirectionReport {
  direction: Direction;
  /** Height and width at which images were translated. */
  size: number;
  /** Means over all images. */
  scores: Scores;
  /** The means of the inputs without translation. */
  nothing?: Scores;
  features?: FeatureFigures;
  neighbours?: NeighbourFigures;
  images: ImageScores[];
  /** The score by which images are best and worst. */
  rankedBy: 'ssim' | 'l1' | 'cycle' | null;
}

/** The results of one model. */
export interface ModelReport {
  path: string;
  /** `generator`: a single one, of an unknown algorithm. */
  algorithm: 'cyclegan' | 'pix2pix' | 'cut' | 'generator';
  directions: DirectionReport[];
}

/** `report.json`. */
export interface Report {
  format: 'ts-cyclegan-evaluation';
  version: 1;
  created: string;
  /** The folder of the test images. */
  data: string;
  pairs: boolean;
  engine: string;
  /** How figures are computed. They can be compared only if these are equal. */
  conventions: {
    /** How all images were resized. */
    images: string;
    scores: string;
    /** Null without a feature network. */
    features: string | null;
    kid: string;
  };
  models: ModelReport[];
}

/** Images of the page: of a model, by direction. */
export interface Shown {
  best: ShownRow[];
  worst: ShownRow[];
  /** The same images for all models. */
  first: ShownRow[];
}
