/** The sentences below the figures: what they mean, and under which conventions they were computed. */
import type { Report } from '../report.js';
import { text } from './html.js';

const comparing =
  'Figures are means over the test images. Lower is better for L1, cycle L1, FID and KID, higher for PSNR and SSIM. The best of several models is bold.';
const withPairs =
  'L1, PSNR and SSIM compare each translation with its true counterpart. “do nothing” compares the input as it is: where both domains are alike, this is hard to beat.';
const withoutPairs =
  'There are no true counterparts, so nothing says here whether a translation is right. Cycle L1 only says whether the way back finds the input again.';
const withoutNetwork =
  'FID and KID need a feature network, and none was given: pass --features. The guide “Evaluating” says where to get one.';

/** A list of sentences. */
export function notes(report: Report): string {
  const lines = [
    comparing,
    report.pairs ? withPairs : withoutPairs,
    report.conventions.images,
    report.conventions.scores,
    ofFeatures(report),
    ofNeighbours(report),
  ].filter((line) => line !== undefined);
  return `<ul>${lines.map((line) => `<li>${text(line)}</li>`).join('\n')}</ul>`;
}

const directionsIn = ({ models }: Report) => models.flatMap(({ directions }) => directions);

function ofFeatures(report: Report): string {
  const { conventions } = report;
  if (conventions.features === null) return withoutNetwork;
  const { features } = directionsIn(report).find((each) => each.features) ?? {};
  const count = features ? `${features.fakes} fakes and ${features.real} real images` : 'too few images';
  return `FID and KID: ${conventions.features}; ${count}; ${conventions.kid}. Compare these figures only with figures of the same counts, network and resize.`;
}

function ofNeighbours(report: Report): string | undefined {
  const { neighbours } = directionsIn(report).find((each) => each.neighbours) ?? {};
  if (neighbours === undefined) return undefined;
  const { trainingImages, of } = neighbours;
  return `Nearest: the median distance to the nearest of ${trainingImages} training images; ${of}. Fakes that are much nearer than real test images are copies of training images.`;
}
