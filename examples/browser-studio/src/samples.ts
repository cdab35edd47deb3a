/** Drawings to begin with. Their lines are as wide as those of the images that the model was trained on. */

/** A line, as an SVG path in pixels of the board. */
export interface Stroke {
  path: string;
  readonly width?: number;
  readonly colour?: string;
}

export const samples: readonly { readonly name: string; readonly strokes: readonly Stroke[] }[] = [
  {
    name: 'Face',
    strokes: [
      { path: 'M256 92a164 164 0 1 0 .1 0z' },
      { path: 'M200 215h.1', width: 36 },
      { path: 'M312 215h.1', width: 36 },
      { path: 'M172 300q84 88 168 0' },
    ],
  },
  {
    name: 'House',
    strokes: [
      { path: 'M120 250v182h272v-182' },
      { path: 'M72 284l184-174l184 174' },
      { path: 'M160 432v-110h72v110' },
      { path: 'M280 300h72v64h-72z' },
    ],
  },
  {
    name: 'Fish',
    strokes: [
      { path: 'M84 256q130-160 276 0q-146 160-276 0z' },
      { path: 'M360 256l80-84v168z' },
      { path: 'M168 236h.1', width: 32 },
      { path: 'M232 196q50 60 0 120' },
    ],
  },
  {
    name: 'Strawberry',
    strokes: [
      { path: 'M256 160c-120-50-190 44-140 154c40 90 95 130 140 130s100-40 140-130c50-110-20-204-140-154z' },
      { path: 'M256 214l-96-56q70-48 96-16q26-32 96 16z' },
      { path: 'M256 136v-64' },
      { path: 'M190 256v10m132-10v10m-66 20v10m-60 44v10m120-10v10m-60 20v10' },
    ],
  },
];
