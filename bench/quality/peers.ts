/** PyTorch's scores of the plain recipe on the same task, of averaged generators: what `peer.py` prints. */
import type { ScoresOfDirection } from './results.js';

export interface Peer {
  about: string;
  seed: number;
  steps: number;
  AtoB: ScoresOfDirection;
  BtoA: ScoresOfDirection;
}

const authors = "PyTorch, the authors' networks and step";
const keras = "PyTorch, the Keras program's networks and step";

export const peers: readonly Peer[] = [
  {
    about: authors,
    seed: 1,
    steps: 664,
    AtoB: { l1: 0.078, psnr: 15.4, ssim: 0.828, colour: 0.058, cycle: 0.033 },
    BtoA: { l1: 0.054, psnr: 17.5, ssim: 0.855, colour: 0.025, cycle: 0.063 },
  },
  {
    about: authors,
    seed: 1,
    steps: 1600,
    AtoB: { l1: 0.068, psnr: 16.6, ssim: 0.854, colour: 0.058, cycle: 0.023 },
    BtoA: { l1: 0.045, psnr: 19.3, ssim: 0.888, colour: 0.019, cycle: 0.047 },
  },
  {
    about: keras,
    seed: 1,
    steps: 664,
    AtoB: { l1: 0.101, psnr: 13.9, ssim: 0.734, colour: 0.037, cycle: 0.08 },
    BtoA: { l1: 0.113, psnr: 13.3, ssim: 0.603, colour: 0.003, cycle: 0.089 },
  },
  {
    about: keras,
    seed: 1,
    steps: 1600,
    AtoB: { l1: 0.086, psnr: 14.3, ssim: 0.806, colour: 0.039, cycle: 0.041 },
    BtoA: { l1: 0.052, psnr: 17.9, ssim: 0.871, colour: 0.006, cycle: 0.084 },
  },
];
