/** Finds out what `doctor` reports. */
import * as tf from '@tensorflow/tfjs-core';
import { isCycleGANError } from '../../core/errors.js';
import { isSynchronous, ortPackage, startEngine } from '../engine.js';
import { loadPackage } from '../packages.js';
import { adviceFor } from './advice.js';
import type { EngineReport, Report } from './findings.js';
import { describeMachine } from './machine.js';
import { measure, type Subject } from './measure.js';
import { versions } from './versions.js';

/** The providers that the installed ONNX Runtime has. */
async function providersOf(): Promise<string[]> {
  const module = (await loadPackage(ortPackage, 'doctor')) as Record<string, unknown>;
  const { listSupportedBackends } = { ...(module.default as object), ...module } as {
    listSupportedBackends?: () => { name: string }[];
  };
  return listSupportedBackends?.().map(({ name }) => name) ?? [];
}

const threadsOf = (backend: string): string =>
  ({ onnxruntime: 'one for each physical core', 'onnxruntime-webgpu': 'those of the GPU', cpu: 'one' })[
    backend
  ] ?? 'as the backend decides';

async function describeEngine(choice: string | undefined): Promise<EngineReport> {
  const engine = await startEngine(choice);
  const onOrt = engine.package === ortPackage;
  return {
    ...engine,
    synchronous: isSynchronous(),
    threads: threadsOf(engine.backend),
    providers: onOrt ? await providersOf() : [],
  };
}

/** Examines the installation and the machine. Reports what is missing instead of failing. */
export async function examine(choice: string | undefined, subject: Subject): Promise<Report> {
  let engine: EngineReport | null = null;
  let engineError: string | undefined;
  try {
    engine = await describeEngine(choice);
  } catch (error) {
    if (!isCycleGANError(error) || error.code === 'INVALID_OPTION') throw error;
    engineError = error.message;
  }
  // A step takes minutes on the cpu backend.
  const measured = engine === null || tf.getBackend() === 'cpu' ? null : await measure(subject);
  const found = {
    versions: versions(),
    engine,
    ...(engineError === undefined ? {} : { engineError }),
    machine: describeMachine(),
    measured,
  };
  return { ...found, advice: adviceFor(found) };
}
