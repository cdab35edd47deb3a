/** A network in train or eval mode: its output, every gradient, and the statistics after the pass. */
import type { Results } from '../compare.js';
import type { GoldenCase } from '../format.js';
import { buildNetwork, pass, setWeights } from '../networks.js';

export async function network(golden: GoldenCase): Promise<Results> {
  const model = buildNetwork(golden.layout, golden.config);
  const [name = ''] = Object.keys(golden.weights);
  setWeights(golden, name, model);
  return pass(golden, name, model, golden.config.mode !== 'eval');
}
