/** A network as a graph model of TensorFlow.js: a graph of TensorFlow's own operators, which needs no classes of this library. */
import type { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { bytesOf } from '../../core/weight-specs.js';
import { readNetwork } from '../operations/read-network.js';
import { type Shape, shapesOf } from '../operations/shapes.js';
import type { ModelParts } from './files.js';
import { type Constant, GraphDef, tensorShape, type } from './graph-def.js';
import { writeStep } from './operators.js';

/** The version of TensorFlow's graphs that has all these operators. */
const versions = { producer: 1087, minConsumer: 12 };

/** @throws CycleGANError `UNSUPPORTED`, `NOT_A_NUMBER` */
export async function graphModel(where: string, network: LayersModel): Promise<Omit<ModelParts, 'metadata'>> {
  const read = readNetwork(where, network);
  const { input, output } = shapesOf(where, network, read, { batch: null, size: null });

  const graph = new GraphDef();
  graph.nodes.push({
    name: 'input',
    op: 'Placeholder',
    input: [],
    attr: { dtype: type('DT_FLOAT'), shape: { shape: tensorShape(input) } },
  });
  const values = ['input'];
  for (const step of read.steps) {
    values.push(
      writeStep(
        graph,
        step,
        step.inputs.map((i) => values[i]!),
      ),
    );
  }
  graph.node('Identity', 'output', [values[read.output]!]);
  return {
    format: 'graph-model',
    topology: { node: graph.nodes, library: {}, versions },
    signature: {
      inputs: { input: tensorInfo('input', input) },
      outputs: { output: tensorInfo('output', output) },
    },
    ...(await stored(graph.constants)),
  };
}

const tensorInfo = (node: string, shape: Shape) => ({
  name: `${node}:0`,
  dtype: 'DT_FLOAT',
  tensorShape: tensorShape(shape),
});

/** The values of all constants, one after another. */
async function stored(constants: Constant[]): Promise<Pick<ModelParts, 'specs' | 'data'>> {
  const specs = constants.map(({ name, shape, values }): io.WeightsManifestEntry => ({
    name,
    shape: [...shape],
    dtype: values instanceof Int32Array ? 'int32' : 'float32',
  }));
  const bytes = new Uint8Array(specs.reduce((sum, spec) => sum + bytesOf(spec), 0));
  let at = 0;
  for (const { values } of constants.splice(0)) {
    const { buffer, byteOffset, byteLength } = await values;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return { specs, data: bytes.buffer };
}
