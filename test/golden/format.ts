/**
 * Reads golden cases: `<case>.json`, the tensors beside it, and the images it names. The format is
 * described in cases/README.md. Nothing in a folder is trusted: what does not fit the format is
 * refused, and no name leads out of the folder, not even by a link.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { readSafetensors, type StoredTensor } from './safetensors.js';

const finite = v.pipe(v.number(), v.finite());
const tolerance = v.pipe(finite, v.minValue(0));
const share = v.pipe(finite, v.gtValue(0), v.maxValue(1));
const rule = v.union([
  v.strictObject({ atol: tolerance }),
  v.strictObject({ atol: tolerance, quantile: share, atolAll: tolerance }),
]);

const schema = v.object({
  case: v.string(),
  kind: v.string(),
  source: v.string(),
  layout: v.picklist(['pytorch', 'keras', 'plain']),
  tensors: v.nullable(v.string()),
  config: v.record(v.string(), v.unknown()),
  inputs: v.array(v.string()),
  weights: v.record(v.string(), v.array(v.string())),
  expected: v.record(v.string(), rule),
  scalars: v.record(v.string(), v.strictObject({ value: finite, atol: tolerance })),
  lists: v.optional(v.record(v.string(), v.strictObject({ values: v.array(finite), atol: tolerance })), {}),
});

/** How far a tensor may be off: everywhere, or for most of its elements and for all of them. */
export type Rule = v.InferOutput<typeof rule>;

/** A case: what its JSON says, and its tensors. */
export interface GoldenCase extends Omit<v.InferOutput<typeof schema>, 'tensors'> {
  folder: string;
  tensors: Map<string, StoredTensor>;
  /** The whole JSON: some kinds have tables in it (`queries`, `sizes`, `networks`, `files`). */
  json: unknown;
}

/** The names of all cases in a folder, sorted. */
export function listCases(folder: string): string[] {
  const names = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return names.map((file) => basename(file, '.json')).sort();
}

/** The path of the file `name` of a folder. Throws where it is not in that very folder. */
export function pathInside(folder: string, name: string): string {
  if (!/^[\w-][\w.-]*$/.test(name))
    throw new Error(`${JSON.stringify(name)} is not the name of a file of the folder`);
  const path = realpathSync(join(folder, name));
  if (dirname(path) !== realpathSync(folder)) throw new Error(`"${name}" leads out of the folder`);
  return path;
}

/** What a case says about itself, and its tensors. */
export function readCase(folder: string, name: string): GoldenCase {
  const json: unknown = JSON.parse(readFileSync(pathInside(folder, `${name}.json`), 'utf8'));
  const content = v.parse(schema, json);
  if (content.case !== name) throw new Error(`${name}.json holds the case ${JSON.stringify(content.case)}`);
  const tensors =
    content.tensors === null
      ? new Map<string, StoredTensor>()
      : readSafetensors(pathInside(folder, content.tensors));
  return { ...content, folder, tensors, json };
}

/** The tensor `name` of a case. */
export function tensorOf(golden: GoldenCase, name: string): StoredTensor {
  const tensor = golden.tensors.get(name);
  if (!tensor) throw new Error(`there is no tensor "${name}" in the file of the case`);
  return tensor;
}
