/** `ts-cyclegan doctor`: which engine runs, how fast, and what to do where something is missing. */
import type { Command } from 'commander';
import { wholeNumber } from '../../core/options.js';
import { exitCodes } from '../exit-codes.js';
import { checkValue, parseNumber } from '../flags/check.js';
import { bytes, colours, columns, duration, print, printJson } from '../output.js';
import type { Report } from '../doctor/findings.js';

interface Flags {
  engine?: string;
  size: string;
  filters: string;
  blocks: string;
  json?: boolean;
}

const example = `
Example:
  ts-cyclegan doctor --size 128    how long a step of 128 pixels takes here`;

/** Adds the command. */
export function addDoctor(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('doctor')
    .summary('check the installation, and measure a training step')
    .description(
      'Says which engine computes and why, which packages are installed, how much memory there is, how long a training step ' +
        'and a translation take, and what to do where something is missing or slow.',
    )
    .option(
      '--engine <name>',
      '"onnxruntime", "webgpu" (a GPU), "cpu", or a package that registers a backend of TensorFlow.js',
    )
    .option('--size <pixels>', 'size of the images of the measured step', '64')
    .option('--filters <count>', 'filters of the measured networks', '32')
    .option('--blocks <count>', 'residual blocks of the measured networks', '6')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', example)
    .action(async ({ engine, json, ...measured }: Flags) => {
      const [size, filters, blocks] = (['size', 'filters', 'blocks'] as const).map((name) =>
        checkValue(`--${name}`, wholeNumber(name === 'size' ? 16 : 1), parseNumber(measured[name])),
      ) as [number, number, number];
      const { examine } = await import('../doctor/examine.js');
      const report = await examine(engine, { size, filters, blocks });
      if (json === true) printJson(report);
      else printReport(report);
      if (report.engine === null) setExitCode(exitCodes.failed);
    });
}

function printReport({ versions, engine, engineError, machine, measured, advice }: Report): void {
  const { memory } = machine;
  const title = (text: string) => print(`\n${colours.underline(text)}`);
  print(colours.underline('Engine'));
  if (engine === null) print(`none runs: ${engineError!}`);
  else {
    print(
      columns([
        ['backend', `${engine.backend}, of ${engine.package} ${engine.version ?? ''}`],
        ['why', engine.why],
        ['reading values', engine.synchronous ? 'synchronous' : 'asynchronous'],
        ['threads', engine.threads],
        ...(engine.providers.length > 0
          ? [['providers', `${engine.providers.join(', ')}; cpu is used`] as const]
          : []),
      ]),
    );
  }
  title('Versions');
  print(
    columns(
      Object.entries(versions).map(([name, version]) => [name, version ?? colours.red('not installed')]),
    ),
  );
  title('Machine');
  const limit = memory.limit === undefined ? '' : `, limited to ${bytes(memory.limit)}`;
  print(
    columns([
      ['system', machine.system],
      ['processor', `${machine.cpu}, ${machine.usableCores} of ${machine.cores} cores`],
      ['memory', `${bytes(memory.total)}, ${bytes(memory.free)} free${limit}`],
    ]),
  );
  title('Measured');
  if (measured === null)
    print(engine === null ? 'nothing, without an engine' : 'nothing: a step takes minutes on this engine');
  else {
    print(
      `${measured.size} pixels, ${measured.filters} filters, ${measured.blocks} residual blocks, batch 1`,
    );
    print(
      columns([
        ['training step', duration(measured.step)],
        ['translation', duration(measured.translation)],
        ['memory', bytes(measured.memory)],
      ]),
    );
  }
  title('What to do');
  print(advice.length === 0 ? 'Nothing, all is well.' : advice.map((line) => `- ${line}`).join('\n'));
}
