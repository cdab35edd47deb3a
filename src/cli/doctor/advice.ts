/** Advice if something is missing or slow. */
import { bytes } from '../output.js';
import { installLine } from '../packages.js';
import type { Report } from './findings.js';
import { packages } from './versions.js';

const GiB = 2 ** 30;

/** One sentence or two for each thing that could be better. */
export function adviceFor({ versions, engine, machine, measured }: Omit<Report, 'advice'>): string[] {
  const { memory, cores, usableCores, load } = machine;
  const missing = Object.keys(packages).filter((name) => versions[name] === null);
  const usable = Math.min(memory.limit ?? Infinity, memory.total);
  return [
    missing.length > 0 &&
      `Missing: ${missing.map((name) => `${name} (${packages[name as keyof typeof packages]})`).join(', ')}. ` +
        `Run: ${installLine(...missing)}`,
    engine !== null &&
      engine.backend === 'cpu' &&
      `The engine cpu computes in plain JavaScript, more than a thousand times slower than ONNX Runtime. Leave --engine out.`,
    engine !== null &&
      !engine.synchronous &&
      `The engine is asynchronous, which costs time in each step. Run: ${installLine('onnxruntime-node@latest')}`,
    engine !== null &&
      engine.backend === 'onnxruntime' &&
      engine.providers.includes('webgpu') &&
      'If this machine has a GPU, try it: npx ts-cyclegan doctor --engine webgpu. The page docs/gpu.md says which driver it needs.',
    usable < 2 * GiB &&
      `This process may use ${bytes(usable)} of memory. Train small images (--size 64) with --memory low.`,
    usableCores < cores &&
      `This process may use ${usableCores} of ${cores} cores. Give the container more of them.`,
    load > usableCores + 1 &&
      `Other programs keep the machine busy (load ${load} on ${usableCores} cores), so steps take longer than they need to.`,
    measured !== null &&
      measured.step > 2 &&
      `A step of ${measured.size} pixels takes ${measured.step.toFixed(1)} s. Smaller networks are faster: --filters 16 --blocks 3.`,
  ].filter((line) => line !== false);
}
