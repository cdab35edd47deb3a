/**
 * The backend as tfjs sees it: data ids with reference counts, reading and writing, time and memory. Kernels are recorded
 * (recording/recorder.ts). Reading a value gathers what all live tensors need into one graph (recording/gather.ts), compiles it if
 * it is new (compiler/compile.ts), and runs it (execution/executor.ts).
 */
import {
  type BackendTimingInfo,
  backend_util,
  type BackendValues,
  type DataType,
  engine,
  KernelBackend,
  type NamedTensorInfoMap,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { Executor } from './execution/executor.js';
import { CpuFallback, mapInputs, type Transfer } from './fallback.js';
import { Given } from './recording/given.js';
import { filledData, hostData, isAllOnes, type HostData } from './runtime/host-data.js';
import { type Kernel } from './kernels/kernel.js';
import { inputsInOrder, Recorder } from './recording/recorder.js';
import { VaryingPositions } from './recording/varying-positions.js';
import { type HostArray } from './runtime/array-types.js';
import { type Runtime } from './runtime/runtime.js';
import { type ResolvedOptions } from './runtime/options.js';
import { type OnnxRuntimeBackend, type OnnxRuntimeStats } from './stats.js';
import { empty, type State, Value } from './recording/value.js';

/** From this many on, ones are worth recognizing. Fewer may be data that is 1 at this step, and something else at the next. */
const MANY_ONES = 256;

export class RecordingBackend extends KernelBackend implements OnnxRuntimeBackend {
  private readonly recorder = new Recorder();
  readonly positions = new VaryingPositions();
  private readonly executor: Executor;
  private readonly fallback = new CpuFallback();
  /** By data id of another backend: the value that was moved here. */
  private readonly moved = new Map<object, Value>();
  /** Values that tfjs has moved to another backend. If one is moved here again, it is in `moved`. */
  private readonly movedAway = new WeakSet();
  private liveValues = 0;
  private kernelsRecorded = 0;
  private readonly fallenBack: Record<string, number> = {};

  constructor(runtime: Runtime, options: ResolvedOptions) {
    super();
    this.executor = new Executor(runtime, options, this.recorder);
  }

  // --- data -------------------------------------------------------------------------------------------------

  override write(values: BackendValues | null, shape: number[], dtype: DataType): Value {
    if (values == null) return this.newValue(shape, dtype, empty);
    const data = hostData(values, dtype);
    if (data !== values) return this.newValue(shape, dtype, { type: 'known', data, owned: false });
    const array = new Given(data, this.recorder.specs.of(shape, dtype), this.recorder, this.release);
    return this.newValue(shape, dtype, { type: 'given', array });
  }

  private newValue(shape: readonly number[], dtype: DataType, state: State): Value {
    this.liveValues++;
    return new Value(this.recorder.specs.of(shape, dtype), this.recorder, state);
  }

  private readonly release = (value: Value): void => this.executor.release(value);

  override move(
    dataId: object,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    let value: Value;
    if (dtype === 'complex64') {
      const { real, imag } = backend_util.splitRealAndImagArrays(values as Float32Array);
      value = this.complex(
        shape,
        this.fromHost(shape, 'float32', real),
        this.fromHost(shape, 'float32', imag),
      );
    } else value = this.write(values, shape, dtype);
    value.refs = refCount;
    this.moved.set(dataId, value);
  }

  /** The value of a tensor. Moves it here if another backend has it. */
  valueFor = (info: { dataId: object }): Value => {
    const { dataId } = info;
    const known = this.find(dataId);
    if (known !== undefined) return known;
    engine().moveData(this, dataId);
    return this.moved.get(dataId)!;
  };

  private find(dataId: object): Value | undefined {
    const isHere = dataId instanceof Value && dataId.owner === this.recorder && !this.movedAway.has(dataId);
    return isHere ? dataId : this.moved.get(dataId);
  }

  override refCount(dataId: object): number {
    return this.find(dataId)?.refs ?? 0;
  }

  override incRef(dataId: object): void {
    this.valueFor({ dataId }).refs++;
  }

  override disposeData(dataId: object, force = false): boolean {
    const value = this.find(dataId);
    if (value === undefined || value.refs <= 0) return true;
    value.refs = force ? 0 : value.refs - 1;
    if (force) this.movedAway.add(dataId); // only moveData forces
    if (value.refs > 0) return false;
    this.moved.delete(dataId);
    this.liveValues--;
    this.release(value);
    const { state } = value;
    if (state.type === 'given') state.array.dispose();
    if (state.type === 'complex') {
      this.disposeData(state.real.dataId);
      this.disposeData(state.imag.dataId);
    }
    return true;
  }

  override numDataIds(): number {
    return this.liveValues;
  }

  /** A new value with `data`, which is never written to. */
  fromHost(shape: readonly number[], dtype: DataType, data: HostData): TensorInfo {
    const dataId = this.newValue(shape, dtype, { type: 'known', data, owned: false });
    return { dataId, shape: [...shape], dtype };
  }

  /** A new value whose elements are all `fill`. It takes no memory. */
  filled(shape: readonly number[], dtype: DataType, fill: number): TensorInfo {
    const [element] = filledData(1, dtype, fill) as HostArray;
    const dataId = this.newValue(shape, dtype, { type: 'filled', fill: element! });
    return { dataId, shape: [...shape], dtype };
  }

  /** A complex value of two real ones. It holds each of them, as a tensor does. */
  complex(shape: readonly number[], real: TensorInfo, imag: TensorInfo): Value {
    return this.newValue(shape, 'complex64', { type: 'complex', real, imag });
  }

  // --- reading ----------------------------------------------------------------------------------------------

  override readSync(dataId: object): BackendValues {
    const value = this.valueFor({ dataId });
    const { state } = value;
    if (state.type !== 'complex') return this.executor.readSync(value);
    const [re, im] = [state.real, state.imag].map((part) => this.readSync(part.dataId) as Float32Array);
    return backend_util.mergeRealAndImagArrays(re!, im!);
  }

  override async read(dataId: object): Promise<BackendValues> {
    const value = this.valueFor({ dataId });
    const { state } = value;
    if (state.type === 'complex') {
      const [real, imag] = await Promise.all([this.read(state.real.dataId), this.read(state.imag.dataId)]);
      return backend_util.mergeRealAndImagArrays(real as Float32Array, imag as Float32Array);
    }
    return await this.executor.read(value);
  }

  /** The values of a tensor of this backend, if they need not be computed or read from a thread; see `core/host-values.ts`. */
  hostValues(dataId: object): ArrayLike<number> | undefined {
    const value = this.find(dataId);
    return value?.state.type === 'filled' ? [value.state.fill] : (value?.known as HostArray | undefined);
  }

  // --- kernels ----------------------------------------------------------------------------------------------

  /** Runs the kernel `name` by recording it, or on the cpu backend if it does not lower for these arguments. */
  runKernel(
    name: string,
    kernel: Kernel,
    inputs: NamedTensorInfoMap,
    attrs: object | undefined,
  ): TensorInfo | TensorInfo[] {
    this.executor.flushIfLong();
    const infos = inputsInOrder(kernel, inputs);
    const take = name === 'Multiply' ? this.takeOrOnes : this.take;
    const values = this.recorder.record(name, kernel, infos, attrs, take);
    if (values === undefined) return this.runOnCpu(name, inputs, attrs);
    this.kernelsRecorded++;
    this.liveValues += values.length;
    const outputs = values.map((value) => ({
      dataId: value,
      shape: value.spec.shape as number[],
      dtype: value.spec.dtype,
    }));
    return kernel.many === true ? outputs : outputs[0]!;
  }

  private readonly take = (info: TensorInfo): Value => this.valueFor(info).take();

  /** tfjs computes gradients of means and sums with tensors of ones. As filled values they cost nothing. */
  private readonly takeOrOnes = (info: TensorInfo): Value => {
    const value = this.valueFor(info);
    const { known, spec } = value;
    if (known === undefined || spec.size < MANY_ONES || !isAllOnes(known)) return value.take();
    return new Value(spec, this.recorder, { type: 'filled', fill: 1 });
  };

  /** Runs a kernel on the cpu backend's implementation. Computes the inputs first. */
  runOnCpu(name: string, inputs: NamedTensorInfoMap, attrs: object | undefined): TensorInfo | TensorInfo[] {
    this.fallenBack[name] = (this.fallenBack[name] ?? 0) + 1;
    const given = new Map<Transfer, TensorInfo>();
    const moved = mapInputs(inputs as Record<string, TensorInfo>, (info) => {
      const transfer = this.transfer(info, info.shape, name);
      given.set(transfer, info);
      return transfer;
    });
    const answer = this.fallback.run(name, moved, attrs ?? {});
    const infos = answer.outputs.map((output) =>
      'dataId' in output ? output : (given.get(output) ?? this.receive(output)),
    );
    return answer.many ? infos : infos[0]!;
  }

  private transfer({ dtype, dataId }: TensorInfo, shape: readonly number[], kernel: string): Transfer {
    const value = this.valueFor({ dataId });
    const { state } = value;
    const part = (info: TensorInfo) => this.transfer(info, shape, kernel);
    const data =
      state.type === 'complex'
        ? { real: part(state.real), imag: part(state.imag) }
        : this.executor.readSync(value, kernel);
    return { shape: [...shape], dtype, data };
  }

  private receive({ shape, dtype, data }: Transfer): TensorInfo {
    if (!('real' in data)) return this.fromHost(shape, dtype, data);
    const dataId = this.complex(shape, this.receive(data.real), this.receive(data.imag));
    return { dataId, shape, dtype };
  }

  // --- capture and replay -----------------------------------------------------------------------------------

  /** Runs what was recorded, or starts to. */
  flush(): void | Promise<void> {
    return this.executor.flush();
  }

  /** How many computations {@link RecordingBackend.trace} can run at the same time. */
  get concurrency(): number {
    return this.executor.concurrency;
  }

  /**
   * Records what computations do that do not depend on each other, and runs them at the same time.
   *
   * @param computations up to `concurrency`. `inputs` are data ids of everything that may change from run to run; `compute` returns
   * the data ids of the outputs
   * @returns replays the computations with other inputs, without `compute`. It returns the data ids of the outputs, each held once,
   * or undefined if `compute` must be called again. Undefined if the outputs do not follow from the inputs alone by kernels that
   * lower.
   */
  trace(
    computations: readonly { inputs: readonly object[]; compute: () => readonly object[] }[],
  ): ((inputs: readonly (readonly object[])[]) => object[][] | undefined) | undefined {
    const values = (ids: readonly object[]) => ids.map((dataId) => this.valueFor({ dataId }));
    const replays = this.executor.trace(
      computations.map(({ inputs, compute }) => ({
        inputs: values(inputs),
        compute: () => values(compute()),
      })),
    );
    if (replays === undefined) return undefined;
    return (inputs) => {
      const outputs = this.executor.replay(replays, inputs.map(values));
      if (outputs !== undefined) for (const { made } of replays) this.liveValues += made;
      return outputs;
    };
  }

  /**
   * Makes a tensor that a traced computation has just created one of its inputs, after those that it has: a replay takes other
   * values for it.
   */
  input(dataId: object): void {
    this.executor.input(this.valueFor({ dataId }));
  }

  // --- the rest of tfjs' contract ---------------------------------------------------------------------------

  override timerAvailable(): boolean {
    return true;
  }

  /** Time of ONNX Runtime in `f`. While tfjs profiles kernel by kernel, nothing runs, and recording is timed. */
  override async time(f: () => void): Promise<BackendTimingInfo> {
    if (engine().state.profiling) {
      const start = util.now();
      f();
      return { kernelMs: util.now() - start, getExtraProfileInfo: () => 'recorded, runs with its graph' };
    }
    if (this.executor.isSync) void this.executor.flush();
    const before = this.executor.stats.runMs;
    f();
    await this.executor.flush();
    return { kernelMs: this.executor.stats.runMs - before };
  }

  override memory(): { unreliable: boolean; reasons: string[] } {
    return {
      unreliable: true,
      reasons: ['Memory of tensors is freed by garbage collection, some time after they are disposed.'],
    };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  /** What the backend has done since it was created. */
  stats(): OnnxRuntimeStats {
    return {
      ...this.executor.stats,
      kernelsRecorded: this.kernelsRecorded,
      kernelsFallenBack: { ...this.fallenBack },
      sessions: this.executor.sessions.count,
      sessionBytes: this.executor.sessions.bytes,
    };
  }

  /** Releases all sessions. Tensors of this backend cannot be read any more. */
  override dispose(): void {
    this.executor.dispose();
    this.fallback.dispose();
    this.moved.clear();
    this.liveValues = 0;
  }
}
