/** Options of the backend, checked once, when it is registered. */
import * as options from '../../../core/options.js';
import { type PassName, passNames } from '../passes/passes.js';

/** One of ONNX Runtime's execution providers: its name, or an object with its name and options. */
export type ExecutionProvider =
  string | { readonly name: string; readonly [option: string]: unknown } | { readonly name: string };

export const providerName = (provider: ExecutionProvider): string =>
  typeof provider === 'string' ? provider : provider.name;

/** Options of `registerOnnxRuntimeBackend`. */
export interface OnnxRuntimeBackendOptions {
  /** The name for `tf.setBackend()`. Default `'onnxruntime'`. */
  name?: string;
  /**
   * ONNX Runtime's execution providers, the preferred first: names, such as `['webgpu', 'wasm']`, or objects with options of
   * ONNX Runtime's, such as `[{ name: 'cuda', deviceId: 0 }]`. Default `['cpu']` with onnxruntime-node, `['wasm']` with
   * onnxruntime-web, whose `'webgpu'` needs the entry `onnxruntime-web/webgpu`. Others than these two are tried on a small
   * graph with known results first, and refused if they compute it wrongly. With `'webgpu'` results stay in the memory of the GPU
   * until they are read; with other providers values go in and out through main memory.
   */
  executionProviders?: readonly ExecutionProvider[];
  /**
   * Threads that work on one operation. Computations that run at the same time share them equally. Default: ONNX Runtime's, with
   * onnxruntime-node one for each physical core, with onnxruntime-web one for two cores, at most 4. onnxruntime-web has one
   * setting for all its sessions, `ort.env.wasm.numThreads`, which this option sets before the first of them; more than one
   * thread needs a page that is cross-origin isolated.
   */
  threads?: number;
  /** The most compiled graphs that are kept; the least recently used one is released first. Default 64. */
  maxSessions?: number;
  /**
   * The most bytes of compiled graphs that are kept, counted as the size of their ONNX models, and for frozen weights (see
   * `freeze`) the size of what sessions make of them. Default 512 MiB.
   */
  maxSessionBytes?: number;
  /**
   * Whether convolutions with 3 × 3 and 4 × 4 filters, and their gradients, are computed by Winograd's algorithm, which needs
   * down to a quarter of the multiplications and rounds a little differently (errors are below 2e-5 of the largest value, 1e-5 in
   * measurements; those of a direct convolution are below 1e-6): `'auto'`, if it is faster (64 channels and more, filters of 4 × 4 from
   * 200 windows on, with stride 2 from 1000); `'always'`, whenever it is possible (as many rows as columns, 2, 3 or 4 times the
   * stride); `'never'`. Default `'auto'`.
   */
  winograd?: 'auto' | 'always' | 'never';
  /**
   * The type in which convolutions and their input gradients are computed: `'float32'`, or `'float16'` with
   * `executionProviders: ['webgpu']`, on GPUs that have it (WebGPU's feature `shader-f16`). Tensors, weights and everything else stay
   * float32, and so do gradients of filters. `'float16'` changes translations by 0.1 %, or by 1 % if the provider adds up in
   * float16. Elements above 65,504 become infinite. It may be slower than `'float32'`, which can use Winograd's algorithm:
   * measure both. Default `'float32'`.
   */
  precision?: 'float32' | 'float16';
  /**
   * Passes over the graph that are skipped, to see what each does: `'simplify'` removes arithmetic that changes nothing;
   * `'sliceEarly'` slices before a bias is added; `'foldPadding'` folds padding into convolutions; `'convolveByRows'` writes
   * convolutions to few channels row of the filter by row; `'joinFilterGradients'` makes one gradient of a sum of a filter's
   * gradients; `'multiplyWindows'` writes convolutions with few windows as matrix products; `'splitPhases'` writes transposed
   * convolutions with stride 2 phase by phase. Default none.
   */
  withoutPasses?: readonly PassName[];
  /**
   * Whether a graph that has run a few times with the same filters, as in a loop of translations, is compiled once more
   * with them as constants, which is faster: `'auto'`, if `maxSessions` and `maxSessionBytes` have room; `'never'`.
   * The frozen graph rounds differently: from the fifth translation on, the same image with the same weights gives other bits (up to 6e-5).
   * Graphs that train are never frozen. It costs memory, four times the bytes of 3 × 3 filters, nine times those of 4 × 4 filters
   * with stride 2 of larger images. Default `'auto'`.
   */
  freeze?: 'auto' | 'never';
  /**
   * Whether ONNX Runtime keeps the memory of a run for the next one, which then need not ask the system for it again: a
   * step of 64 pixels takes a fifth less time. `'auto'`: a few graphs at once, others when they run again and again, as long as
   * their values take less than 1.25 GiB at the peaks; `'always'`; `'never'`. Default `'auto'`.
   */
  keepMemory?: 'auto' | 'always' | 'never';
  /** A folder where each compiled graph is written as an `.onnx` file, for Netron, say. Node only. */
  saveGraphs?: string;
  /** Switches ONNX Runtime's own profile on: one JSON file for each session, whose path begins with this. */
  profile?: string;
}

const text = options.text();

const entries = {
  name: options.withDefault(text, 'onnxruntime'),
  executionProviders: options.optional(
    options.satisfying<readonly ExecutionProvider[]>(
      (list) => Array.isArray(list) && list.length > 0 && list.every(isProvider),
      'a list of names, such as ["cpu"]',
    ),
  ),
  threads: options.optional(options.wholeNumber(1)),
  maxSessions: options.withDefault(options.wholeNumber(1), 64),
  maxSessionBytes: options.withDefault(options.wholeNumber(0), 512 * 2 ** 20),
  winograd: options.withDefault(options.oneOf('auto', 'always', 'never'), 'auto'),
  precision: options.withDefault(options.oneOf('float32', 'float16'), 'float32'),
  withoutPasses: options.withDefault(
    options.satisfying<readonly PassName[]>(
      (names) => Array.isArray(names) && names.every((name) => passNames.includes(name as PassName)),
      `a list of some of ${passNames.map((name) => `"${name}"`).join(', ')}`,
    ),
    [],
  ),
  freeze: options.withDefault(options.oneOf('auto', 'never'), 'auto'),
  keepMemory: options.withDefault(options.oneOf('auto', 'always', 'never'), 'auto'),
  saveGraphs: options.optional(text),
  profile: options.optional(text),
};

function isProvider(item: unknown): boolean {
  const name = typeof item === 'object' && item !== null ? (item as { name?: unknown }).name : item;
  return typeof name === 'string' && name !== '';
}

export const optionNames = Object.keys(entries) as (keyof typeof entries)[];

/** The options, with those that follow from them. */
export function resolveBackendOptions(where: string, given: OnnxRuntimeBackendOptions | undefined) {
  const resolved = options.resolveOptions(where, entries, given);
  const providers = (resolved.executionProviders ?? []).map(providerName);
  return { ...resolved, onWebGPU: providers.includes('webgpu') };
}

export type ResolvedOptions = ReturnType<typeof resolveBackendOptions>;
