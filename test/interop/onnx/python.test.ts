/**
 * ONNX' own checker and ONNX Runtime, both in Python, take exported files. Needs a Python with the packages `onnx`, `onnxruntime` and
 * `numpy`, whose path is in `CHECK_PYTHON`; `.ci/run` installs one.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { exportOnnx } from 'ts-cyclegan/interop';
import { expect, test } from 'vitest';
import { disposeNetwork } from '../../../src/layers/networks.js';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';
import { run } from '../../support/run.js';
import { disturbed, inputsFor, networks } from '../networks.js';
import { toNCHW } from './run.js';

const python = process.env.CHECK_PYTHON;

const program = `
import json, sys
import numpy, onnx, onnxruntime
results = []
for case in json.load(open('cases.json')):
    model = onnx.load(case['model'])
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    known = {value.name: len(value.type.tensor_type.shape.dim) for value in [*inferred.graph.value_info, *inferred.graph.output]}
    unknown = [node.name for node in model.graph.node if any(output not in known for output in node.output)]
    errors = []
    if 'input' in case:
        session = onnxruntime.InferenceSession(case['model'])
        x = numpy.fromfile(case['input'], 'float32').reshape(case['inputShape'])
        expected = numpy.fromfile(case['output'], 'float32').reshape(case['outputShape'])
        errors = [float(abs(session.run(None, {'input': x})[0] - expected).max())]
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    results.append({'unknown': unknown, 'errors': errors, 'metadata': metadata, 'producer': model.producer_name})
json.dump(results, sys.stdout)
`;

interface Result {
  unknown: string[];
  errors: number[];
  metadata: Record<string, string>;
  producer: string;
}

test.skipIf(python === undefined)('Python checks and runs exported files', () =>
  withoutLeaks(async () => {
    const folder = await emptyFolder();
    const cases: Record<string, unknown>[] = [];
    const write = async (name: string, bytes: Uint8Array) => writeFile(join(folder, name), bytes);
    const writeTensor = (name: string, x: tf.Tensor) =>
      write(name, new Uint8Array(x.dataSync().slice().buffer));

    for (const [i, { build, sizes }] of Object.values(networks).entries()) {
      const network = disturbed(build());
      const x = inputsFor(network, 2, sizes[sizes.length - 1] ?? []);
      const output = network.predict(x) as tf.Tensor;
      const [inNCHW, outNCHW] = [toNCHW(x), toNCHW(output)];
      await write(`${i}.onnx`, await exportOnnx(network));
      await writeTensor(`${i}.in`, inNCHW);
      await writeTensor(`${i}.out`, outNCHW);
      cases.push({
        model: `${i}.onnx`,
        input: `${i}.in`,
        inputShape: inNCHW.shape,
        output: `${i}.out`,
        outputShape: outNCHW.shape,
      });
      tf.dispose([x, output, inNCHW, outNCHW]);
      disposeNetwork(network);
    }
    const checked = ['instance', 'separable', 'antialias'].map((name) =>
      networks[`resnet keras ${name}`]!.build(),
    );
    for (let opset = 13; opset <= 21; opset++) {
      for (const [name, options] of Object.entries({
        plain: {},
        all: { uint8: true, layout: 'NHWC', dtype: 'float16', batch: 2, size: [16, 24] },
      } as const)) {
        for (const [i, network] of checked.entries()) {
          await write(`${name}-${opset}-${i}.onnx`, await exportOnnx(network, { opset, ...options }));
          cases.push({ model: `${name}-${opset}-${i}.onnx` });
        }
      }
    }
    checked.forEach(disposeNetwork);

    await writeFile(join(folder, 'cases.json'), JSON.stringify(cases));
    await writeFile(join(folder, 'check.py'), program);
    const { stdout } = await run(python!, ['check.py'], { cwd: folder });
    const results = JSON.parse(stdout) as Result[];
    expect(results).toHaveLength(cases.length);
    for (const { unknown, errors, metadata, producer } of results) {
      expect(unknown).toEqual([]); // the shapes of all values are inferred
      for (const error of errors) expect(error).toBeLessThan(2e-5);
      expect(producer).toBe('ts-cyclegan');
      expect(metadata.library).toBe('ts-cyclegan');
    }
  }),
);
