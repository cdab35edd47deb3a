/**
 * Records calls of kernels as nodes. What the calls of one kind have in common (shapes, types, attributes) is
 * computed once and shared: recording a training step a second time is a series of look-ups.
 */
import { type NamedTensorInfoMap, type TensorInfo } from '@tensorflow/tfjs-core';
import { type Kernel } from '../kernels/kernel.js';
import { hasShape, type Spec, Specs } from '../lowering/specs.js';
import { type Kind, type Node, type State, Value } from './value.js';

/** More kinds than a program with fixed shapes ever has: beyond, old ones are forgotten. */
const MOST_KINDS = 50_000;

export class Recorder {
  readonly specs = new Specs();
  /** Nodes that have not run, in order. */
  nodes: Node[] = [];
  private kinds = new Map<string, Kind | 'falls back'>();
  private nextKind = 0;

  /**
   * Records a call. If an input could not be computed, the outputs fail for the same reason.
   *
   * @param take what the node gets for an input
   * @returns the outputs, or undefined if `kernel` does not lower for these arguments
   */
  record(
    name: string,
    kernel: Kernel,
    inputs: readonly (TensorInfo | undefined)[],
    attrs: object | undefined,
    take: (info: TensorInfo) => Value,
  ): Value[] | undefined {
    const values: (Value | undefined)[] = [];
    const specs: (Spec | undefined)[] = [];
    let failure: Error | undefined;
    let key = name;
    for (const info of inputs) {
      if (info == null) {
        values.push(undefined);
        specs.push(undefined);
        key += ',';
        continue;
      }
      const value = take(info);
      if (value.state.type === 'failed') failure ??= value.state.error;
      const spec = hasShape(value.spec, info.shape)
        ? value.spec
        : this.specs.of(info.shape, value.spec.dtype);
      values.push(value);
      specs.push(spec);
      key += `,${spec.id}`;
    }
    if (attrs !== undefined) key += keyOf(attrs);
    const kind = this.kinds.get(key) ?? this.newKind(key, name, kernel, specs, attrs ?? {});
    if (kind === 'falls back') return undefined;

    const outputs: Value[] = [];
    const node: Node = { type: 'pending', kind, inputs: values, outputs };
    const state: State = failure === undefined ? node : { type: 'failed', error: failure };
    for (const spec of kind.outputs) outputs.push(new Value(spec, this, state));
    if (failure === undefined) this.nodes.push(node);
    return outputs;
  }

  private newKind(
    key: string,
    name: string,
    kernel: Kernel,
    inputs: readonly (Spec | undefined)[],
    attrs: object,
  ): Kind | 'falls back' {
    if (this.kinds.size >= MOST_KINDS) {
      this.kinds.clear();
      this.specs.clear();
    }
    const copy = copyOf(attrs);
    const outputs = inputs.every(lowers) ? kernel.infer(inputs as readonly Spec[], copy) : undefined;
    let kind: Kind | 'falls back' = 'falls back';
    if (outputs !== undefined) {
      kind = {
        id: this.nextKind++,
        name,
        kernel,
        attrs: copy,
        inputs,
        outputs: outputs.map(({ shape, dtype }) => this.specs.of(shape, dtype)),
      };
      // ONNX Runtime's kernels are not made for reducing nothing to something; tfjs' are.
      const empty = inputs.some((spec) => spec?.size === 0) || kind.outputs.some((spec) => spec.size === 0);
      if (empty) kind = 'falls back';
    }
    this.kinds.set(key, kind);
    return kind;
  }
}

/** Strings and complex numbers have no place in a graph. */
const lowers = (spec: Spec | undefined): boolean =>
  spec === undefined || (spec.dtype !== 'string' && spec.dtype !== 'complex64');

/** Attributes belong to the program, which may change a list that it passed before the kernel is compiled. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copyOf<unknown>(item)])) as T;
}

/** Attributes as a text; unlike JSON it tells NaN, infinities and -0 apart. */
function keyOf(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value !== 'object' || value === null) return String(value);
  let key = '{';
  if (Array.isArray(value)) for (const item of value) key += `${keyOf(item)},`;
  else for (const name in value) key += `${name}:${keyOf((value as Record<string, unknown>)[name])},`;
  return key;
}

/** The inputs of a call, in the order that a kernel declares. */
export function inputsInOrder(kernel: Kernel, inputs: NamedTensorInfoMap): (TensorInfo | undefined)[] {
  return kernel.inputs === 'list' ? Object.values(inputs) : kernel.inputs.map((name) => inputs[name]);
}
