/**
 * Where each form of a convolution is taken, as measured on ONNX Runtime 1.30's CPU provider, two cores, medians or minima of many
 * runs. docs/onnxruntime.md has the forms in words, each kernel's file what was measured.
 */
export const formRules = {
  /** Below so many channels products are too thin to pay for the transforms. The input gradient's transform back grows
   * with the square of a side, a convolution does not: 512-pixel pictures, whose inner ones have 130, take 7.1 instead of 8.6 s a step. */
  winograd: { fewestChannels: 64, longestSide: 130 },
  /** From so many numbers on (4 MiB) what forward and backward share is computed again backwards: 2.8 instead of 3.0 GB at
   * 256 pixels, in no more time. */
  recompute: { numbers: 2 ** 20 },
  /** 35 → 5 ms for a generator's last layer, 7 × 7 from 64 channels to 3, at 256 pixels. */
  byRows: { mostOutputs: 8, fewestInputs: 16, fewestRows: 3 },
  /** 2 → 0.5 ms, there and back, for 4 × 4 filters from 128 to 256 channels with 49 windows; nothing from 512 windows on. */
  fewWindows: { mostWindows: 256, fewestChannels: 16 },
  /** 38 → 19 ms from 128 to 256 pixels, 128 to 64 channels; nothing with 4 × 4 filters. */
  phases: { filter: 3, stride: 2, leastPixels: 64 * 64, fewestChannels: 16 },
  filterGradient: {
    /** Elements (64 MiB) up to which the windows of pictures are laid out whole, and of dy, where that is the smaller. */
    mostLaidOut: 2 ** 24,
    mostLaidOutOfDy: 2 ** 26,
    /** A matrix product with fewer columns is slow. */
    fewColumns: 16,
    /** Pixels of fewer channels are copied line by line: 7 × 7 windows of 3 channels take a third of the time. */
    shortPixel: 16,
  },
} as const;
