/** PyTorch's scores of the plain recipe on the same task, of averaged generators: what `peer.py` prints. */
import type { ScoresOfDirection } from './results.js';

export interface Peer {
  about: string;
  seed: number;
  steps: number;
  AtoB: Partial<ScoresOfDirection>;
  BtoA: Partial<ScoresOfDirection>;
}

const authors = "PyTorch, the authors' networks and step";
const keras = "PyTorch, the Keras program's networks and step";

export const peers: readonly Peer[] = [
  {
    about: authors,
    seed: 0,
    steps: 664,
    AtoB: { l1: 0.077, ssim: 0.821, colour: 0.059, cycle: 0.036 },
    BtoA: { l1: 0.054, ssim: 0.846, colour: 0.027, cycle: 0.058 },
  },
  {
    about: authors,
    seed: 1,
    steps: 1600,
    AtoB: { l1: 0.068, ssim: 0.841, colour: 0.065, cycle: 0.024 },
    BtoA: { l1: 0.04, ssim: 0.887, colour: 0.018, cycle: 0.047 },
  },
  {
    about: keras,
    seed: 1,
    steps: 664,
    AtoB: { l1: 0.101, psnr: 13.9, ssim: 0.734, colour: 0.037, cycle: 0.08 },
    BtoA: { l1: 0.113, psnr: 13.3, ssim: 0.603, colour: 0.003, cycle: 0.089 },
  },
];
