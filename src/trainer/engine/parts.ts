/** Everything that a step changes: networks, their optimizers and averages, and the stateful parts of the algorithm. */
import { allVariables, namedWeights } from '../../layers/networks.js';
import type { Algorithm } from './algorithm.js';
import type { TrainerState } from './state.js';
import { assignAll, namedTensorData } from './tensor-data.js';
import type { TrainedNetwork } from './trained-network.js';
import { holdingVariables, type Transactional } from './transaction.js';

export interface Parts {
  readonly algorithm: Algorithm;
  readonly trained: Readonly<Record<string, TrainedNetwork>>;
}

/** The parts, for a transaction. */
export const changingParts = ({ algorithm, trained }: Parts): Transactional[] => [
  { begin: () => holdingVariables(allVariables(...Object.values(algorithm.networks))) },
  ...Object.values(trained),
  ...Object.values(algorithm.stateful),
];

type PartsState = Pick<TrainerState, 'networks' | 'trained' | 'stateful' | 'averages'>;

/** Returns the parts as plain data. All reads start before the first `await`. */
export async function readParts({ algorithm, trained }: Parts): Promise<PartsState> {
  const entries = Object.entries(trained);
  const averaged = entries.filter(([, { average }]) => average !== undefined);
  const [networks, states, stateful, averages] = await Promise.all([
    byName(Object.entries(algorithm.networks), async (network) => {
      const weights = [...namedWeights(network)];
      return await namedTensorData(weights.map(([name, weight]) => [name, weight.read()]));
    }),
    byName(entries, async (network) => await network.state()),
    byName(Object.entries(algorithm.stateful), async (part) => await part.state()),
    byName(averaged, async ({ average }) => await average!.state()),
  ]);
  return { networks, trained: states, stateful, averages };
}

/** Restores the parts from a checked state. */
export function restoreParts({ algorithm, trained }: Parts, state: PartsState): void {
  for (const [name, network] of Object.entries(algorithm.networks)) {
    const values = state.networks[name]!;
    assignAll(
      allVariables(network),
      [...namedWeights(network).keys()].map((weight) => values[weight]!),
    );
  }
  for (const [name, network] of Object.entries(trained)) {
    network.restore(state.trained[name]!);
    network.average?.restore(state.averages[name]!);
  }
  for (const [name, part] of Object.entries(algorithm.stateful)) part.restore(state.stateful[name]);
}

/** The results of asynchronous reads, by name. All reads start at once. */
async function byName<T, R>(
  entries: readonly (readonly [string, T])[],
  read: (value: T) => Promise<R>,
): Promise<Record<string, R>> {
  return Object.fromEntries(
    await Promise.all(entries.map(async ([name, value]) => [name, await read(value)] as const)),
  );
}
