/** `ts-cyclegan import <file...> --out <model>`: weights of other programs as a model. */
import type { Command } from 'commander';
import type { ImportFlags } from '../interop/import-options.js';
import { noteRows } from '../interop/notes.js';
import { columns, print, printJson } from '../output.js';

interface Flags extends ImportFlags {
  out: string;
  force?: boolean;
  json?: boolean;
}

const example = `
Examples:
  ts-cyclegan import checkpoints/horse2zebra --out models/horse2zebra    latest_net_G_A.pth and the others in the folder
  ts-cyclegan import style_monet.pth --out models/monet                  a released generator, of one direction
  ts-cyclegan import latest_net_G.pth latest_net_D.pth --out models/facades    pix2pix
  ts-cyclegan import checkpoints/cat2dog --out models/cat2dog --nce-layers 0,4,8,12,16    CUT: G, D and F

Networks are recognised by the names of the files, or by the keys in a checkpoint. Nothing in a file is executed.`;

/** Adds the command. */
export function addImport(program: Command): void {
  program
    .command('import')
    .summary('read weights of other programs')
    .description(
      'Reads weights of pytorch-CycleGAN-and-pix2pix and CUT (.pth), of Keras (.h5, .keras) or safetensors files, recognises the ' +
        'architecture, and saves them as a model. It needs no engine.',
    )
    .argument('<file...>', 'weight files, or the folder of an experiment')
    .requiredOption('--out <folder>', 'the folder of the model')
    .option('--size <pixels>', 'height and width of the images, for training (default: any)')
    .option('--direction <AtoB|BtoA>', 'of a single generator (default: BtoA if its name is G_B, else AtoB)')
    .option('--border <reflect|replicate>', 'of a ResNet, whose weights do not show it (default: reflect)')
    .option(
      '--dropout',
      'a U-Net or a separable ResNet has dropout, which its weights do not show (default: true for pix2pix)',
    )
    .option('--no-dropout', 'it has none')
    .option(
      '--nce-layers <layers>',
      'of a CUT: the layers that it compares, which its weights do not show: 0,4,8,12,16 (default: those of CUT)',
    )
    .option('--force', 'replace an existing model')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', example)
    .action(importWeights);
}

async function importWeights(paths: string[], flags: Flags): Promise<void> {
  const { out, force, json } = flags;
  const [{ startEngine }, { importFiles }, { importOptions }] = await Promise.all([
    import('../engine.js'),
    import('../interop/import-files.js'),
    import('../interop/import-options.js'),
  ]);
  const options = importOptions(flags);
  await startEngine('cpu'); // only holds the weights
  const imported = await importFiles({ paths, out, force: force === true, options });
  if (json === true) {
    printJson(imported);
    return;
  }
  const { model, networks, notes } = imported;
  const rows = networks.map(({ name, file, architecture }) => {
    const { kind, norm, filters, inputChannels, outputChannels, options: own } = architecture;
    const particular = Object.entries(own).map(([option, value]) => `${option} ${value}`);
    const shown = [
      kind,
      `norm ${norm}`,
      `filters ${filters}`,
      `channels ${inputChannels} → ${outputChannels}`,
    ];
    return [name, `${file}: ${[...shown, ...particular].join(', ')}`] as const;
  });
  print(columns([...rows, ...noteRows(notes), ['model', `${out}, a ${model}`]]));
}
