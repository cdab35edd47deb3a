/**
 * Kernels that do not lower run in tfjs' cpu backend. This backend has an instance of it: inputs are moved into it, and results are
 * moved out of it.
 */
import { type HostData } from './runtime/host-data.js';
import {
  engine,
  findBackendFactory,
  getKernel,
  type KernelBackend,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { CycleGANError } from '../../core/errors.js';

/** A tensor that is moved between the backends; a complex one is two real ones. */
export interface Transfer {
  readonly shape: number[];
  readonly dtype: TensorInfo['dtype'];
  readonly data: HostData | { real: Transfer; imag: Transfer };
}

/** Inputs of a kernel: by name, or a list; some kernels have lists by name. */
type Inputs<T> = Readonly<Record<string, T | T[] | undefined>> | T[];

/** The same inputs, each converted. Inputs that are left out stay undefined. */
export function mapInputs<T extends object, U>(inputs: Inputs<T>, convert: (input: T) => U): Inputs<U> {
  if (Array.isArray(inputs)) return inputs.map(convert);
  const mapped: Record<string, U | U[]> = {};
  for (const [name, input] of Object.entries(inputs)) {
    if (input == null) continue;
    mapped[name] = Array.isArray(input) ? input.map(convert) : convert(input);
  }
  return mapped;
}

export class CpuFallback {
  private instance: KernelBackend | undefined;

  private get cpu(): KernelBackend {
    if (this.instance === undefined) {
      if (!hasCpuBackend()) throw noCpuBackend('onnxruntime backend');
      this.instance = findBackendFactory('cpu')() as KernelBackend;
      // Its first tensor would print an advertisement for tfjs-node.
      (this.instance as { firstUse?: boolean }).firstUse = false;
    }
    return this.instance;
  }

  /**
   * Runs a kernel on the cpu backend.
   *
   * @returns its outputs, moved out of the cpu backend. An output may be one of the inputs, or a tensor of the backend in use if the
   * implementation created one.
   */
  run(
    name: string,
    inputs: Inputs<Transfer>,
    attrs: object,
  ): { many: boolean; outputs: (Transfer | TensorInfo)[] } {
    const { cpu } = this;
    const moved = new Map<TensorInfo, Transfer>();
    try {
      const fed = mapInputs(inputs, (input) => {
        const info = this.moveIn(input);
        moved.set(info, input);
        return info;
      });
      const answer = this.call(name, fed, attrs);
      const many = Array.isArray(answer);
      const outputs = (many ? answer : [answer]).map((info) => moved.get(info) ?? this.moveOut(info));
      return { many, outputs };
    } finally {
      for (const { dataId } of moved.keys()) cpu.disposeData(dataId, true);
    }
  }

  private moveIn({ shape, dtype, data }: Transfer): TensorInfo {
    if ('real' in data) {
      const real = this.moveIn(data.real);
      const imag = this.moveIn(data.imag);
      const complex = this.call('Complex', { real, imag }, {}) as TensorInfo;
      this.cpu.disposeData(real.dataId);
      this.cpu.disposeData(imag.dataId);
      return complex;
    }
    const dataId = {};
    this.cpu.move(dataId, data, shape, dtype, 1);
    // Some kernels of the cpu backend ask for a rank, which tensors have and their infos lack.
    return { dataId, shape, dtype, rank: shape.length } as TensorInfo;
  }

  /** Moves a tensor out of the cpu backend. Others belong to the backend in use already. */
  private moveOut(info: TensorInfo): Transfer | TensorInfo {
    const { shape, dtype, dataId } = info;
    if (this.cpu.refCount(dataId) === 0) return info;
    let data: Transfer['data'];
    if (dtype === 'complex64') {
      const [real, imag] = ['Real', 'Imag'].map((part) =>
        this.moveOut(this.call(part, { input: info }, {}) as TensorInfo),
      );
      data = { real: real as Transfer, imag: imag as Transfer };
    } else {
      data = this.cpu.readSync(dataId);
    }
    this.cpu.disposeData(dataId);
    return { shape, dtype, data };
  }

  private call(name: string, inputs: Inputs<TensorInfo>, attrs: object): TensorInfo | TensorInfo[] {
    return getKernel(name, 'cpu').kernelFunc({
      inputs: inputs as never,
      attrs: attrs as never,
      backend: this.cpu,
    });
  }

  dispose(): void {
    this.instance?.dispose();
    this.instance = undefined;
  }
}

export const hasCpuBackend = (): boolean => engine().backendNames().includes('cpu');

export const noCpuBackend = (where: string): CycleGANError =>
  new CycleGANError(
    'UNSUPPORTED',
    `${where}: kernels that ONNX has no operators for run on tfjs' cpu backend, which is not registered. ` +
      "Import '@tensorflow/tfjs', or '@tensorflow/tfjs-backend-cpu', first.",
  );
