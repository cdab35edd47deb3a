/** Runs the passes of a plan: each computes a value of a network tile by tile. */
import * as tf from '@tensorflow/tfjs-core';
import { nextTask } from '../core/next-task.js';
import { FeatureMap, TileArrays } from './feature-map.js';
import type { Graph } from './graph.js';
import type { Plan } from './passes.js';
import { cut, joined, type Region, type Size } from './region.js';
import { type ChannelStatistics, StatisticsCollector } from './statistics.js';
import { tilesOf } from './tiles.js';

/** What earlier passes have computed. */
interface Known {
  readonly maps: Map<number, FeatureMap>;
  readonly statistics: Map<number, ChannelStatistics>;
}

/**
 * Computes the output of a network for an image of the size of `graph`.
 *
 * @param image values [h, w, c]
 * @param tile height and width of a tile in pixels of the image
 * @returns the values of the output, [h, w, c]
 */
export async function runPasses(
  graph: Graph,
  { passes }: Plan,
  image: Float32Array,
  tile: Size,
): Promise<Float32Array> {
  const [{ size: imageSize, channels }] = graph as [Graph[0]];
  const known: Known = {
    maps: new Map([[0, new FeatureMap(imageSize, channels, image)]]),
    statistics: new Map(),
  };
  for (const { target, keep, statistics, release } of passes) {
    const { size, channels } = graph[target]!;
    const map = keep ? new FeatureMap(size, channels) : undefined;
    const arrays = new TileArrays();
    const collector = statistics ? new StatisticsCollector(channels) : undefined;
    for (const region of tilesOf(size, imageSize, tile)) {
      const part = computeRegion(graph, known, target, region, arrays);
      try {
        const values = (await part.data()) as Float32Array;
        map?.write(region, values);
        collector?.add(values);
      } finally {
        part.dispose();
        arrays.release();
      }
      await nextTask();
    }
    if (collector) known.statistics.set(target, collector.result());
    for (const index of release) known.maps.delete(index);
    if (map) known.maps.set(target, map);
  }
  return known.maps.get(graph.length - 1)!.values;
}

/** The regions of all values that a region of `target` depends on, down to kept values. */
function neededRegions(graph: Graph, { maps }: Known, target: number, region: Region): Map<number, Region> {
  const needed = new Map<number, Region>([[target, region]]);
  for (let index = target; index > 0; index--) {
    const wanted = needed.get(index);
    if (wanted === undefined || maps.has(index)) continue;
    const { op, inputs } = graph[index]!;
    for (const input of inputs) needed.set(input, joined(needed.get(input), op!.needs(wanted)));
  }
  return needed;
}

/** Computes a region of a value, [1, h, w, c]. */
function computeRegion(
  graph: Graph,
  known: Known,
  target: number,
  region: Region,
  arrays: TileArrays,
): tf.Tensor4D {
  const needed = neededRegions(graph, known, target, region);
  const order = [...needed.keys()].sort((a, b) => a - b);
  const isRead = (index: number) => known.maps.has(index);
  const lastUse = new Map<number, number>();
  for (const index of order) {
    if (!isRead(index)) for (const input of graph[index]!.inputs) lastUse.set(input, index);
  }
  return tf.tidy(() => {
    const parts = new Map<number, tf.Tensor4D>();
    for (const index of order) {
      const wanted = needed.get(index)!;
      const { op, inputs } = graph[index]!;
      if (isRead(index)) {
        parts.set(index, known.maps.get(index)!.read(wanted, arrays));
        continue;
      }
      const regions = op!.needs(wanted);
      const run = () => {
        const cutInputs = inputs.map((input) => cut(parts.get(input)!, needed.get(input)!, regions));
        const output = op!.run(cutInputs, wanted, known.statistics.get(inputs[0]!));
        return tf.clone(output); // it may be the input itself, which is disposed below
      };
      parts.set(index, tf.tidy(run));
      for (const input of new Set(inputs)) if (lastUse.get(input) === index) parts.get(input)!.dispose();
    }
    return parts.get(target)!;
  });
}
