/** The files of a model of TensorFlow.js: model.json and weight files. */
import type { io } from '@tensorflow/tfjs-core';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { CycleGANError } from '../../core/errors.js';
import { show } from '../../core/options.js';
import { sha256 } from '../../core/sha256.js';
import type { WeightsDtype } from '../../models/bundle.js';
import { nonFiniteWeight, toFloat16 } from '../../models/saved-weights.js';
import { joinParts } from '../../models/weight-parts.js';
import { generator } from '../operations/metadata.js';

/** Bytes of a weight file at most, as TensorFlow's converter has it: browsers keep files of this size in their cache. */
const shardSize = 4 * 2 ** 20;

/** A model before its weights are converted. */
export interface ModelParts {
  readonly format: 'layers-model' | 'graph-model';
  readonly topology: object;
  readonly specs: readonly io.WeightsManifestEntry[];
  readonly data: io.WeightData;
  readonly signature?: object;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The files of a model by name, `model.json` last: written in this order, it never names a file that is missing. The names of weight
 * files contain a hash of their content, as those of `model.save` do, so that an older model.json never names newer weights.
 *
 * @throws CycleGANError `NOT_A_NUMBER`, `INVALID_OPTION` for weights that cannot be stored
 */
export async function filesOf(
  where: string,
  model: ModelParts,
  dtype: WeightsDtype,
): Promise<Record<string, Uint8Array>> {
  const bad = nonFiniteWeight(model.specs, model.data);
  if (bad !== undefined) {
    throw new CycleGANError(
      'NOT_A_NUMBER',
      `${where}: the weight ${show(bad)} holds NaN or Infinity. Nothing was exported. Return to an earlier model.`,
    );
  }
  const { specs, data } = dtype === 'float16' ? toFloat16(model.specs, model.data) : model;
  const large = dtype === 'float16' ? nonFiniteWeight(specs, data) : undefined;
  if (large !== undefined) {
    throw new CycleGANError(
      'INVALID_OPTION',
      `${where}: float16 holds values up to 65504, but the weight ${show(large)} has larger values. Export as float32.`,
    );
  }
  const bytes = new Uint8Array(joinParts(data));
  const count = Math.max(1, Math.ceil(bytes.length / shardSize));
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < count; i++) {
    const shard = bytes.subarray(i * shardSize, (i + 1) * shardSize);
    const hash = await sha256(shard);
    files[`group1-shard${i + 1}of${count}-${hash.slice(0, 16)}.bin`] = shard;
  }
  const json = {
    format: model.format,
    generatedBy: generator,
    convertedBy: null,
    ...(model.signature !== undefined && { signature: model.signature }),
    userDefinedMetadata: model.metadata,
    modelTopology: model.topology,
    weightsManifest: [{ paths: Object.keys(files), weights: specs }],
  };
  return { ...files, 'model.json': utf8ToBytes(JSON.stringify(json)) };
}
