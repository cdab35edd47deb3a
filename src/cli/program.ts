/** The command `ts-cyclegan` with all its commands. */
import { Command, type Help } from 'commander';
import { version } from '../../package.json';
import { addDatasets } from './commands/datasets.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addExport } from './commands/export.js';
import { addEvaluate } from './commands/evaluate.js';
import { addGenerate } from './commands/generate.js';
import { addImport } from './commands/import.js';
import { addInfo } from './commands/info.js';
import { addTrain } from './commands/train.js';
import { addTranslate } from './commands/translate.js';
import { addWatch } from './commands/watch.js';
import { exitCodeHelp } from './exit-codes.js';

const description = `Train image translation from two folders of images, watch it, and use the result.
CycleGAN and CUT learn from unpaired images, pix2pix from pairs, and GANs make images from noise.`;

/** Creates the program. Results of commands arrive through `setExitCode`. */
export function createProgram(setExitCode: (code: number) => void): Command {
  const program = new Command('ts-cyclegan')
    .description(description)
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help, or that of a command')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({
      showGlobalOptions: false,
      commandDescription: (command) => command.description(),
    } satisfies Partial<Help>)
    .addHelpText(
      'after',
      `\n${exitCodeHelp}\n\nNO_COLOR=1 turns colours off. DEBUG=ts-cyclegan prints the stack of unexpected errors.`,
    );
  addTrain(program, setExitCode);
  addTranslate(program, setExitCode);
  addGenerate(program);
  addEvaluate(program, setExitCode);
  addDatasets(program, setExitCode);
  addWatch(program);
  addInfo(program);
  addImport(program);
  addExport(program);
  addDoctor(program, setExitCode);
  addDemo(program, setExitCode);
  const all = program.commands.flatMap((command) => [command, ...command.commands]);
  for (const command of [program, ...all]) {
    command
      .exitOverride()
      .configureOutput({ outputError: () => undefined })
      .showSuggestionAfterError(true);
  }
  return program;
}
