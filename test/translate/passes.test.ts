/** Plans of passes: what is kept in main memory, and what is computed again. */
import { resnetGenerator, type ResnetGeneratorOptions, unetGenerator } from 'ts-cyclegan';
import { expect, test } from 'vitest';
import { elements, graphOf, multipleOf } from '../../src/translate/graph.js';
import { planPasses } from '../../src/translate/passes.js';
import { automaticTile, tileSize, tilesOf } from '../../src/translate/tiles.js';
import type { Size } from '../../src/translate/region.js';

const GiB = 2 ** 30;

function resnet(size: Size, options: ResnetGeneratorOptions) {
  const network = resnetGenerator({ convention: 'pytorch', ...options });
  const graph = graphOf('test', network, size, {});
  network.dispose();
  return graph;
}

test('the generator of the paper, 4096 × 4096 pixels: three feature maps of the blocks are kept', () => {
  const unit = GiB / 4; // 16 filters instead of 64
  const graph = resnet([4096, 4096], { filters: 16, residualBlocks: 9 });
  const { passes, peakBytes, cost } = planPasses(graph, unit);
  const everything = planPasses(graph, Infinity);
  expect(everything.peakBytes / unit).toBe(6); // the first two convolutions: 4 + 2
  expect(peakBytes / unit).toBe(3);
  expect(cost / everything.cost).toBeGreaterThan(1.05);
  expect(cost / everything.cost).toBeLessThan(1.25);
  const kept = passes.filter(({ keep }) => keep).map(({ target }) => (4 * elements(graph[target]!)) / unit);
  expect(Math.max(...kept.slice(0, -1))).toBe(2); // the second convolution, while little else is kept
  expect(kept.at(-1)).toBe(0.75); // the output
  // all norms: three before the blocks, two in each of nine blocks, two after them
  expect(passes.filter(({ statistics }) => statistics)).toHaveLength(3 + 18 + 2);
});

test('small images: everything that is needed again is kept', () => {
  const graph = resnet([1024, 1024], { filters: 16, residualBlocks: 2 });
  const { passes, cost } = planPasses(graph);
  expect(passes.every(({ keep }) => keep)).toBe(true);
  const once = graph.reduce((sum, value) => sum + elements(value) * (value.op?.cost ?? 0), 0);
  expect(cost).toBe(once);
  // nothing but the output is left at the end
  const released = passes.flatMap(({ release }) => release);
  expect(released.sort((a, b) => a - b)).toEqual(passes.slice(0, -1).map(({ target }) => target));
});

test('without norms, the sums of the residual blocks are kept', () => {
  const graph = resnet([64, 64], { norm: 'none', filters: 4, residualBlocks: 3 });
  expect(planPasses(graph).passes).toHaveLength(4); // the input of the first block, two sums, the output
});

test('a U-Net keeps one feature map for each level', () => {
  const network = unetGenerator({ inputShape: [256, 256, 3], filters: 4, norm: 'none' });
  const graph = graphOf('test', network, [512, 768], {});
  network.dispose();
  expect(multipleOf(graph)).toBe(256);
  expect(graph.at(-1)!.size).toEqual([512, 768]);
  expect(planPasses(graph).passes).toHaveLength(8); // seven inputs of skip connections, and the output
});

test('automatic tiles begin above 1024 × 1024 pixels with 64 filters, and have a quarter of that', () => {
  expect(automaticTile(resnet([1024, 1024], { residualBlocks: 0 }))).toBeUndefined();
  expect(automaticTile(resnet([1024, 1028], { residualBlocks: 0 }))).toBe(512);
  expect(automaticTile(resnet([1448, 1448], { filters: 32, residualBlocks: 0 }))).toBeUndefined();
  expect(automaticTile(resnet([2048, 2048], { filters: 32, residualBlocks: 0 }))).toBe(724);
});

test('tiles are strips, or squares if the image is wide, of sizes that the network can halve', () => {
  const square = resnet([2048, 2048], { filters: 32, residualBlocks: 0 });
  expect(tileSize(square, 512)).toEqual([128, 2048]);
  const wide = resnet([1000, 4096], { filters: 32, residualBlocks: 0 });
  expect(tileSize(wide, 512)).toEqual([500, 512]);
  expect(tileSize(wide, 1)).toEqual([4, 4]);
});

test('tiles cover a feature map without overlap', () => {
  for (const [size, image, tile] of [
    [
      [37, 53],
      [37, 53],
      [16, 16],
    ],
    [
      [9, 13],
      [36, 52],
      [16, 24],
    ],
    [
      [75, 107],
      [37, 53],
      [8, 53],
    ],
    [
      [1, 1],
      [256, 256],
      [64, 64],
    ],
  ] satisfies [Size, Size, Size][]) {
    const covered = new Uint8Array(size[0] * size[1]);
    for (const [[top, bottom], [left, right]] of tilesOf(size, image, tile)) {
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) covered[y * size[1] + x]!++;
      }
    }
    expect(covered.every((count) => count === 1)).toBe(true);
  }
});
