/** Names and shapes of a network's weights, in order, and how many numbers are trained. */
import { stateDict } from 'ts-cyclegan';
import * as v from 'valibot';
import { withoutInitialValues } from '../../../src/models/initializers.js';
import type { Results } from '../compare.js';
import type { GoldenCase } from '../format.js';
import { buildNetwork, kerasNames } from '../networks.js';

const shape = v.array(v.number());
const schema = v.object({
  networks: v.array(
    v.strictObject({
      config: v.unknown(),
      parameters: v.number(),
      keys: v.array(v.strictTuple([v.string(), shape])),
    }),
  ),
});

export async function stateDicts(golden: GoldenCase): Promise<Results> {
  const results: Results = new Map();
  for (const [i, { config, parameters, keys }] of v.parse(schema, golden.json).networks.entries()) {
    const network = withoutInitialValues(() => buildNetwork(golden.layout, config));
    const names = golden.layout === 'keras' ? kerasNames(network) : undefined;
    const got = names
      ? names.map((name, index) => [name, network.weights[index]!.shape])
      : Object.entries(await stateDict(network)).map(([name, entry]) => [name, entry.shape]);
    results.set(`networks/${i}/keys`, { got, want: keys });
    const sizes = network.trainableWeights.map((weight) => weight.read().size);
    results.set(`networks/${i}/parameters`, { got: sizes.reduce((a, b) => a + b, 0), want: parameters });
    network.dispose();
  }
  return results;
}
