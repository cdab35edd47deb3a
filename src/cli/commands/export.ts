/** `ts-cyclegan export <model|run> --format <name>`: a model for other programs. */
import type { Command } from 'commander';
import { oneOf, wholeNumber } from '../../core/options.js';
import { checkValue, parseNumber } from '../flags/check.js';
import { type InferenceOptions, writable } from '../interop/formats.js';
import { noteRows } from '../interop/notes.js';
import { bytes, columns, print, printJson } from '../output.js';

interface Flags {
  format: string;
  out: string;
  optimizers?: boolean;
  layout?: string;
  uint8?: true;
  opset?: string;
  float16?: true;
  licence?: string;
  force?: boolean;
  json?: boolean;
}

const names = writable.map(({ name }) => name);
const width = Math.max(...names.map((name) => name.length));

const example = `
Formats:
${writable.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n')}

Examples:
  ts-cyclegan export runs/first --format safetensors                       writes exported/model.safetensors
  ts-cyclegan export runs/first --format onnx --uint8 --layout NHWC        writes exported/AtoB.onnx and BtoA.onnx
  ts-cyclegan export runs/first --format pytorch --optimizers --out resume the newest checkpoint, to train on in PyTorch`;

/** Adds the command. */
export function addExport(program: Command): void {
  program
    .command('export')
    .summary('write a model for other programs')
    .description('Writes a model, or the model of a run, for other programs. It needs no engine.')
    .argument('<model|run>', 'a run folder, or the folder of a saved model')
    .requiredOption('--format <name>', names.join(', '))
    .option('--out <folder>', 'the folder of the files', 'exported')
    .option(
      '--optimizers',
      'of a run: also the optimizers, and the weights of the newest checkpoint without averages',
    )
    .option('--uint8', 'onnx: images go in and come out as levels 0 to 255, not as values from -1 to 1')
    .option('--layout <NCHW|NHWC>', 'onnx: the order of the axes of images (default: NCHW)')
    .option('--opset <number>', 'onnx: the version of the operators, 13 to 21 (default: 17)')
    .option('--float16', 'onnx, tfjs: weights of half the size')
    .option('--licence <text>', 'onnx, tfjs: the licence of the weights, which the file names')
    .option('--force', 'replace existing files')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', example)
    .action(exportModel);
}

/** The options of files for inference. */
function inferenceOptions({ layout, uint8, opset, float16, licence }: Flags): InferenceOptions {
  return {
    ...(layout !== undefined && { layout: checkValue('--layout', oneOf('NCHW', 'NHWC'), layout) }),
    ...(uint8 && { uint8 }),
    ...(opset !== undefined && { opset: checkValue('--opset', wholeNumber(13, 21), parseNumber(opset)) }),
    ...(float16 && { dtype: 'float16' }),
    ...(licence !== undefined && { licence }),
  };
}

async function exportModel(path: string, flags: Flags): Promise<void> {
  const { format, out, optimizers, force, json } = flags;
  const options = inferenceOptions(flags);
  const name = checkValue('--format', oneOf(...names), format);
  const [{ startEngine }, { exportFiles }] = await Promise.all([
    import('../engine.js'),
    import('../interop/export-files.js'),
  ]);
  await startEngine('cpu'); // only holds the weights
  const row = writable.find((each) => each.name === name)!;
  const exported = await exportFiles({
    path,
    format: row,
    options,
    out,
    optimizers: optimizers === true,
    force: force === true,
  });
  if (json === true) {
    printJson(exported);
    return;
  }
  const { model, files, notes } = exported;
  print(
    columns([
      ...noteRows(notes),
      ['model', `${path}, a ${model}`],
      ...files.map((file) => ['written', `${file.path} (${bytes(file.bytes)})`] as const),
    ]),
  );
}
