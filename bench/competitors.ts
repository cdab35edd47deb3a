/** The engines to compare, and how to start them. */
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from './child.js';
import type { PeerName } from './peer-names.js';
import { peerProgram, pythonOf } from './python.js';
import type { Settings } from './settings.js';

/** The task of all engines, and the file of their initial weights and images. */
export interface Task {
  size: number;
  batch: number;
  filters: number;
  blocks: number;
  values: string;
}

/** The task of `worker.ts`. */
export interface WorkerSettings extends Task, Pick<Settings, 'engine' | 'memory'> {
  /** File to write the values to. */
  write?: string;
  /** Folder of tfjs-node, if that is the engine. */
  tfjsNode?: string;
}

export interface Competitor {
  name: string;
  /** Whether it computes in float32, so its first losses must equal ours. */
  exact: boolean;
  /** Whether it only translates. */
  onlyTranslates?: true;
  start: (task: Task) => Promise<Child>;
}

/** File to which the first worker writes G's translation of A's images. */
export const translatedFile = ({ values }: Pick<Task, 'values'>): string => `${values}-translated`;

const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
const exported = fileURLToPath(new URL('exported.ts', import.meta.url));
const startProgram = (program: string, settings: object) =>
  startChild(process.execPath, ['--import', 'tsx', program, JSON.stringify(settings)], {
    TF_CPP_MIN_LOG_LEVEL: '3',
  });
const startWorker = (settings: WorkerSettings) => startProgram(worker, settings);

interface Peer {
  name: string;
  program: 'keras' | 'torch';
  mode?: string;
  exact: boolean;
}

const peers: Readonly<Record<Exclude<PeerName, 'exported'>, Peer>> = {
  keras: { name: 'Keras, tf.function', program: 'keras', exact: true },
  torch: { name: 'PyTorch, eager', program: 'torch', mode: 'eager', exact: true },
  'torch-compile': { name: 'PyTorch, torch.compile', program: 'torch', mode: 'compile', exact: true },
  'torch-bf16': { name: 'PyTorch, eager, bf16 autocast', program: 'torch', mode: 'bf16', exact: false },
};

/** This library, the requested peers, and tfjs-node if TFJS_NODE is the folder of its build. */
export async function competitors(
  { engine, memory, against }: Pick<Settings, 'engine' | 'memory' | 'against'>,
  log: (line: string) => void,
): Promise<Competitor[]> {
  const all: Competitor[] = [
    {
      name: `ts-cyclegan, ${engine}`,
      exact: true,
      start: (task) => startWorker({ ...task, engine, memory, write: task.values }),
    },
  ];
  for (const peer of against as PeerName[]) {
    if (peer === 'exported') {
      const name = 'onnxruntime-node, exported generator';
      all.push({ name, exact: true, onlyTranslates: true, start: (task) => startProgram(exported, task) });
      continue;
    }
    const { name, program, exact, mode } = peers[peer];
    const python = await pythonOf(program, log);
    all.push({
      name,
      exact,
      start: (task) =>
        startChild(python, [
          peerProgram(program),
          JSON.stringify(task),
          ...(mode === undefined ? [] : [mode]),
        ]),
    });
  }
  const { TFJS_NODE: tfjsNode } = process.env;
  if (tfjsNode) {
    all.push({
      name: 'ts-cyclegan, tfjs-node',
      exact: true,
      start: (task) => startWorker({ ...task, engine: 'tensorflow', memory, tfjsNode }),
    });
  }
  return all;
}
