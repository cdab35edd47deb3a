/** The records of each step: `metrics.jsonl`, and event files for TensorBoard. */
import { readFile } from 'node:fs/promises';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { namedWeights } from '../../layers/networks.js';
import type { SummaryValue } from './events/event.js';
import { openEvents } from './events/event-file.js';
import { histogramOf } from './events/histogram.js';
import { openMetrics, type StepMetrics } from './metrics-file.js';
import type { PatientWrites } from './patient-writes.js';
import { runPaths } from './paths.js';

/** The records of a run that is being trained. */
export interface Records {
  /** Records the values of a step. */
  step(metrics: StepMetrics): Promise<void>;
  /** Records a sheet of samples. */
  sheet(step: number, file: string): Promise<void>;
  /** Records the weights of networks. */
  weights(step: number, networks: Readonly<Record<string, LayersModel>>): Promise<void>;
  close(): void;
}

/**
 * Opens the records for appending.
 *
 * @param step completed steps
 */
export function openRecords(
  folder: string,
  step: number,
  tensorBoard: boolean,
  writes: PatientWrites,
): Records {
  const metricsFile = openMetrics(runPaths(folder).metrics);
  const events = tensorBoard ? openEvents(folder, step) : undefined;
  const write = (action: () => void) => writes.until('metrics', action);
  const summary = async (at: number, values: () => Promise<SummaryValue[]> | SummaryValue[]) => {
    if (events === undefined) return;
    const ready = await values();
    await write(() => events.write(at, ready));
  };
  return {
    async step(metrics) {
      await write(() => metricsFile.append(metrics));
      const { step: at, epoch: _, seconds: _seconds, ...scalars } = metrics;
      const finite = Object.entries(scalars).filter(([, value]) => Number.isFinite(value));
      await summary(at, () => finite.map(([tag, scalar]) => ({ tag, scalar })));
    },
    sheet: (at, file) =>
      summary(at, async () => {
        const bytes = await readFile(file);
        const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]; // of the PNG's header
        return [{ tag: 'samples', png: { width, height, bytes } }];
      }),
    weights: (at, networks) =>
      summary(at, async () => {
        const values: SummaryValue[] = [];
        for (const [network, layers] of Object.entries(networks)) {
          for (const [name, weight] of namedWeights(layers)) {
            const data = (await weight.read().data()) as Float32Array;
            values.push({ tag: `${network}/${name}`, histogram: histogramOf(data) });
          }
        }
        return values;
      }),
    close() {
      metricsFile.close();
      events?.close();
    },
  };
}
