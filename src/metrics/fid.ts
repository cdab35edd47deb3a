/** The Fréchet inception distance (Heusel et al. 2017, "GANs trained by a two time-scale update rule converge to a local Nash equilibrium"). */
import { checkSameSize } from './features.js';
import { traceOfRoot } from './linear-algebra/trace-of-root.js';
import type { FeatureStatistics } from './statistics.js';

/**
 * The Fréchet distance between two sets of features, of real images and of fakes:
 * |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½). Lower is better. Covariances of fewer images than features are not of full rank, which is
 * allowed; nothing is added to their diagonal.
 *
 * The distance depends on the count of images, the feature network and the resize, and is lower for more images. Compare distances
 * only if all three are equal.
 *
 * @throws CycleGANError `INVALID_SHAPE`; `INVALID_DATA` for fewer than two images
 */
export function fid(a: FeatureStatistics, b: FeatureStatistics): number {
  checkSameSize('fid', a.size, b.size);
  const { size } = a;
  const [meanA, meanB, covarianceA, covarianceB] = [a.mean(), b.mean(), a.covariance(), b.covariance()];
  let sum = 0;
  for (let i = 0; i < size; i++) {
    sum += (meanA[i]! - meanB[i]!) ** 2 + covarianceA[i * size + i]! + covarianceB[i * size + i]!;
  }
  return Math.max(0, sum - 2 * traceOfRoot(covarianceA, covarianceB, size)); // rounding takes a distance of 0 below it
}
