/** `ts-cyclegan datasets list | download | inspect`: public datasets, and what training would see in a folder. */
import type { Command } from 'commander';
import { wholeNumber } from '../../core/options.js';
import type { DownloadProgress, Inspection } from '../../node/index.js';
import { untilStopped } from '../abort.js';
import { checkValue, parseNumber } from '../flags/check.js';
import { bytes, columns, print, printJson } from '../output.js';

const example = `
Examples:
  ts-cyclegan datasets download horse2zebra --out data
  ts-cyclegan datasets inspect data/horse2zebra --sheet horses.png`;

/** Adds the command. */
export function addDatasets(program: Command, setExitCode: (code: number) => void): void {
  const command = program
    .command('datasets')
    .summary('download public datasets, and inspect folders of images')
    .description(
      'Lists and downloads the public datasets of CycleGAN and pix2pix, and says what training would see in a folder.',
    )
    .addHelpText('after', example);
  command
    .command('list')
    .description('Lists the datasets with their sizes and notes on licences.')
    .option('--json', 'print one line of JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { datasets } = await import('../../node/index.js');
      if (json === true) {
        printJson(datasets);
        return;
      }
      print(
        columns(
          datasets.map(({ name, algorithm, description, bytes: size, licence }) => [
            name,
            `${algorithm}, ${size === undefined ? 'size unknown' : bytes(size)}: ${description} ${licence}`,
          ]),
        ),
      );
    });
  command
    .command('download')
    .description('Downloads a dataset and unpacks it. A download that was cut is resumed by the next call.')
    .argument('<name>', 'a name of the list')
    .option('--out <folder>', 'the folder that gets the folder of the dataset', '.')
    .option('--url <address>', 'a mirror that has the archives')
    .option('--force', 'download it again if it is there')
    .option('--json', 'print lines of JSON')
    .action(async (name: string, flags: { out: string; url?: string; force?: boolean; json?: boolean }) => {
      const { out, url, force, json } = flags;
      const { downloadDataset } = await import('../../node/index.js');
      const { result, stopped } = await untilStopped((signal) =>
        downloadDataset(name, {
          folder: out,
          signal,
          onProgress: progressLines(json === true),
          ...(url !== undefined && { url }),
          ...(force === true && { force }),
        }).catch((error: unknown) => {
          if (signal.aborted) return undefined;
          throw error;
        }),
      );
      if (stopped !== undefined) {
        setExitCode(stopped);
        process.stderr.write('Stopped. Run the same command again to resume the download.\n');
      } else if (json === true) printJson({ event: 'end', folder: result });
      else print(`The dataset is in ${result!}. Next: npx ts-cyclegan train ${result!}`);
    });
  command
    .command('inspect')
    .description('Says what training would see in a folder: counts, sizes, broken files, duplicates.')
    .argument('<folder>', 'a folder of images')
    .option('--size <pixels>', 'the training size', '256')
    .option('--sheet <file>', 'also write a sheet of thumbnails to this PNG file')
    .option('--json', 'print one line of JSON')
    .action(
      async (folder: string, { size, sheet, json }: { size: string; sheet?: string; json?: boolean }) => {
        const pixels = checkValue('--size', wholeNumber(1), parseNumber(size));
        const { inspectFolder, inspectionSheet } = await import('../../node/index.js');
        const inspection = await inspectFolder(folder, { size: pixels });
        if (sheet !== undefined) await inspectionSheet(sheet, inspection);
        if (json === true) printJson(inspection);
        else printInspection(inspection, sheet);
      },
    );
}

/** A line at each tenth of the download, and at each new phase. */
function progressLines(json: boolean): (progress: DownloadProgress) => void {
  let last = '';
  return ({ phase, bytes: done, total, reason }) => {
    const tenth = total === undefined ? Math.floor(done / 2 ** 24) : Math.floor((10 * done) / total);
    const key = `${phase} ${phase === 'download' || phase === 'unpack' ? tenth : ''} ${reason ?? ''}`;
    if (key === last) return;
    last = key;
    if (json)
      printJson({
        event: phase,
        bytes: done,
        ...(total !== undefined && { total }),
        ...(reason !== undefined && { reason }),
      });
    else
      process.stderr.write(
        `${phase}: ${reason ?? `${bytes(done)}${total === undefined ? '' : ` of ${bytes(total)}`}`}\n`,
      );
  };
}

function printInspection(
  { folder, layout, parts, broken, skipped, duplicates }: Inspection,
  sheet?: string,
): void {
  print(`${folder}: ${layout}`);
  print(
    columns(
      parts.map(({ name, images, broken: bad, bytes: size, sizes, small }) => {
        const median =
          sizes === undefined
            ? ''
            : `, median ${sizes.median.width} × ${sizes.median.height}, ${sizes.distinct === 1 ? 'one size' : `${sizes.distinct} sizes`}`;
        const notes = [
          bad > 0 && `${bad} broken`,
          small.length > 0 && `${small.length} smaller than the training size`,
        ];
        return [
          name,
          [`${images} images, ${bytes(size)}${median}`, ...notes.filter((note) => note !== false)].join(', '),
        ];
      }),
    ),
  );
  for (const { path, reason } of [...broken, ...skipped]) print(`not readable: ${path} (${reason})`);
  for (const { files, kind, exact } of duplicates) {
    print(`${exact ? 'the same image' : 'images that look the same'} (${kind}): ${files.join(', ')}`);
  }
  if (sheet !== undefined) print(`Sheet: ${sheet}`);
}
