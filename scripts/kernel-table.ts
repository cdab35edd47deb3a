/** Writes docs/onnxruntime-kernels.md: what the ONNX Runtime backend makes of each of tfjs' kernels. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { viewKernels } from '../src/backends/onnxruntime/views.js';
import { kernels } from '../src/backends/onnxruntime/kernels/index.js';

const file = fileURLToPath(new URL('../docs/onnxruntime-kernels.md', import.meta.url));

/** What the page must say. */
export function kernelTable(): string {
  const names = tf
    .getKernelsForBackend('cpu')
    .map(({ kernelName }) => kernelName)
    .sort((a, b) => a.localeCompare(b, 'en'));
  const isLowered = (name: string) => name in kernels;
  const isView = (name: string) => name in viewKernels;
  const groups: [string, string, string[]][] = [
    [
      'Become part of the graph',
      'With rare types or arguments (strings, complex64, empty tensors) these run on the cpu backend, too. ' +
        '`backend.stats().kernelsFallenBack` counts these calls.',
      names.filter((name) => isLowered(name)),
    ],
    [
      'Cost nothing',
      'They view the same elements in another shape, fill a tensor with one element, or pair two tensors.',
      names.filter((name) => isView(name) && !isLowered(name)),
    ],
    [
      "Run on tfjs' cpu backend",
      'Their inputs are computed first, so each cuts the graph in two. None of them is needed for training a CycleGAN.',
      names.filter((name) => !isView(name) && !isLowered(name)),
    ],
  ];
  const sections = groups.map(
    ([title, text, list]) =>
      `## ${title}: ${list.length}\n\n${text}\n\n${list.map((name) => `\`${name}\``).join(' · ')}\n`,
  );
  return [
    '# Kernels of the ONNX Runtime backend\n',
    `<!-- Made by \`npm run generate:kernels\`: do not edit. -->\n`,
    `TensorFlow.js ${tf.version.tfjs}'s cpu backend has ${names.length} kernels. On the ONNX Runtime backend they ` +
      'are of three kinds; see [how it works](onnxruntime.md#how-it-works).\n',
    ...sections,
  ].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(file, kernelTable());
