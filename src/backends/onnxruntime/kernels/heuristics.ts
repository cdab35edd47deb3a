/**
 * Where each form of a convolution is taken, as measured on ONNX Runtime 1.30's CPU provider, two cores, medians or minima of many
 * runs. docs/onnxruntime.md has the forms in words, each kernel's file what was measured.
 */
export const formRules = {
  winograd: {
    /**
     * By the taps of a filter's side for each phase of its stride. Of fewer channels products are too thin to pay for the
     * transforms; of few windows the bytes of transformed filters count. There and back, ms, 3 × 3 and 256 channels:
     * 256² windows 1481 → 659, 64² windows 90 → 30; 4 × 4, 256 to 512 channels: 31² windows 85 → 29, 15² windows 18 → 13, 10² windows
     * 7 → 9; 4 × 4 with stride 2, 64 to 128 channels: 64² windows 26 → 18, 32² windows 8 → 6, 16² windows 2.2 → 2.8.
     */
    filters: {
      2: { fewestChannels: 64, fewestWindows: 1000 },
      3: { fewestChannels: 64, fewestWindows: 0 },
      4: { fewestChannels: 64, fewestWindows: 200 },
    },
    /** Pixels of a line that a product of the input gradient's transform back gives at once: 1 % of a step of 256 pixels. */
    blocks: { shortest: 16, longest: 40 },
  },
  /**
   * From so many numbers on transformed pictures (32 MiB) and filters (4 MiB) are computed again backwards. To keep pictures from
   * 4 MiB on instead saves 4 % of a step of 256 pixels, for 0.3 GB, and 14 % of one of 512 pixels; to keep filters nothing.
   */
  recompute: { pictures: 2 ** 23, filters: 2 ** 20 },
  /** Up to so many numbers (4 MiB) a call's transformed picture is copied to be beside that of another call. */
  joinedGradients: { mostNumbers: 2 ** 20 },
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
