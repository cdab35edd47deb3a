/** Starts a Worker with the best engine of the device, and says on the page which one it is. */
import { isCycleGANError } from 'ts-cyclegan';
import {
  connectWorker,
  type CycleGANWorker,
  type EngineChoice,
  type EngineName,
  type EnginePurpose,
} from 'ts-cyclegan/browser';
import { element, h } from './dom';

/** A Worker whose engine runs. */
export interface Engine {
  readonly cyclegan: CycleGANWorker;
  readonly choice: EngineChoice;
}

export const titles: Record<EngineName, string> = {
  'onnxruntime-webgpu': 'ONNX Runtime on the graphics card (WebGPU)',
  'onnxruntime-wasm': 'ONNX Runtime on the processor (WebAssembly)',
  'tfjs-webgpu': 'TensorFlow.js on the graphics card (WebGPU)',
  'tfjs-webgl': 'TensorFlow.js on the graphics card (WebGL)',
  'tfjs-cpu': 'TensorFlow.js in plain JavaScript',
};

const choice = element<HTMLSelectElement>('engine-choice');
choice.value = new URLSearchParams(location.search).get('engine') ?? '';
if (choice.selectedIndex < 0) choice.value = '';

/** @throws CycleGANError `UNSUPPORTED` if no engine works on this device */
export async function startEngine(purpose: EnginePurpose): Promise<Engine> {
  const worker = new Worker(new URL('./cyclegan.worker.ts', import.meta.url), { type: 'module' });
  const cyclegan = connectWorker(worker);
  try {
    const engines = choice.value ? { engines: [choice.value as EngineName] } : {};
    return { cyclegan, choice: await cyclegan.useBestEngine({ purpose, ...engines }) };
  } catch (error) {
    cyclegan.terminate();
    throw error;
  }
}

/** Shows which engine runs, and why. */
export function showEngine({ name, reason, threads, advice }: EngineChoice): void {
  const onThreads = name === 'onnxruntime-wasm' ? `, ${threads} thread${threads === 1 ? '' : 's'}` : '';
  showStatus(`Ready: ${titles[name]}${onThreads}`);
  element('engine-reason').textContent = reason;
  element('engine-advice').replaceChildren(...advice.map((sentence) => h('li', {}, sentence)));
}

export function showStatus(status: string): void {
  element('status').textContent = status;
}

/** Calls `restart` when the person chooses another engine. */
export const onEngineChoice = (restart: () => void): void => choice.addEventListener('change', restart);

/** Whether an engine is of no use after this error: it, or its memory, is gone. */
export const hasStopped = (error: unknown): boolean =>
  (['ENGINE', 'DEVICE_LOST', 'OUT_OF_MEMORY'] as const).some((code) => isCycleGANError(error, code));
