/**
 * Which algorithm computes a convolution of which size. Measured on ONNX Runtime 1.30's CPU provider with two cores; times are
 * medians or minima of many runs. docs/onnxruntime.md lists the algorithms; each kernel's file says what was measured.
 */
export const heuristics = {
  winograd: {
    /**
     * By the taps of a filter's side in each phase of its stride. With fewer channels, the products are too thin to pay for the
     * transforms. With few windows, the size of the transformed filters counts. Forward and backward in ms, 3 × 3, 256 channels:
     * 256² windows 1481 → 659, 64² windows 90 → 30; 4 × 4, 256 to 512 channels: 31² windows 85 → 29, 15² windows 18 → 13, 10² windows
     * 7 → 9; 4 × 4 with stride 2, 64 to 128 channels: 64² windows 26 → 18, 32² windows 8 → 6, 16² windows 2.2 → 2.8.
     */
    filters: {
      2: { fewestChannels: 64, fewestWindows: 1000 },
      3: { fewestChannels: 64, fewestWindows: 0 },
      4: { fewestChannels: 64, fewestWindows: 200 },
    },
    /** Pixels of a line that one product of the input gradient's output transform computes: 1 % of a step of 256 pixels. */
    blocks: { shortest: 16, longest: 40 },
  },
  /**
   * From this many elements on, transformed images (32 MiB) and filters (4 MiB) are computed again in the backward pass. Keeping
   * images of 4 MiB and more would save 4 % of a step of 256 pixels, for 0.3 GB, and 14 % of a step of 512 pixels. Keeping
   * filters would save nothing.
   */
  recompute: { images: 2 ** 23, filters: 2 ** 20 },
  /** Up to this many elements (4 MiB), the transformed images of two calls are copied into one array. */
  joinedGradients: { mostElements: 2 ** 20 },
  /** 35 → 5 ms for a generator's last layer, 7 × 7 from 64 channels to 3, at 256 pixels. */
  byRows: { mostOutputs: 8, fewestInputs: 16, fewestRows: 3 },
  /** 2 → 0.5 ms forward and backward for 4 × 4 filters from 128 to 256 channels with 49 windows; nothing from 512 windows on. */
  fewWindows: { mostWindows: 256, fewestChannels: 16 },
  /** 38 → 19 ms from 128 to 256 pixels, 128 to 64 channels; nothing with 4 × 4 filters. */
  phases: { filter: 3, stride: 2, leastPixels: 64 * 64, fewestChannels: 16 },
  /** Measured for 3 × 3 filters. The work for an element grows with the rows of a strip, and the overhead falls. */
  depthwiseFilterGradient: { fewestRows: 4, mostRows: 16, fewestColumns: 8, largestFilter: 5 },
  filterGradient: {
    /** Up to this many elements (64 MiB), the windows of images are one matrix; likewise those of dy, if dy is smaller. */
    mostLaidOut: 2 ** 24,
    mostLaidOutOfDy: 2 ** 26,
    /** A matrix product with fewer columns is slow. */
    fewColumns: 16,
    /** Pixels of fewer channels are copied line by line: 7 × 7 windows of 3 channels then take a third of the time. */
    shortPixel: 16,
  },
} as const;
