/**
 * Metrics of translated images: are they like their true counterparts, like the images of their domain, or copies of training images?
 * All functions run in Node and in browsers.
 *
 * @module ts-cyclegan/metrics
 */
export { l1, psnr } from './differences.js';
export { ssim } from './ssim.js';
export { colourfulness } from './colourfulness.js';
export type { PixelData, Pixels, RangeOptions } from './pixels.js';
export { FeatureStatistics } from './statistics.js';
export { fid } from './fid.js';
export { kid, type Kid, type KidOptions } from './kid.js';
export { nearestNeighbours, type Neighbour } from './neighbours.js';
export { featureExtractor, type FeatureExtractor, type FeatureExtractorOptions } from './extractor.js';
export type { FeatureNetwork, OnnxNetwork, OnnxSession, TfjsNetwork } from './network.js';
export type { FeatureData, Features } from './features.js';
