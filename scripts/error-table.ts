/** Writes docs/errors.md from the error codes of the library. Messages are those of errors that are thrown here. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { type ErrorCode, isCycleGANError } from 'ts-cyclegan';
import { type Cause, causes } from './error-causes.js';

const file = fileURLToPath(new URL('../docs/errors.md', import.meta.url));
const source = fileURLToPath(new URL('../src/core/errors.ts', import.meta.url));

const introduction = `# Troubleshooting

<!-- Made by \`npm run generate:errors\`: do not edit. -->

Every error of this library is a \`CycleGANError\` with a code. A message says where the error is, what was expected, what came, and
what to do. This page lists all codes. \`npx ts-cyclegan doctor\` examines the installation, and
[the notes of the page of a run](watching.md#notes) say what goes wrong in a training that has no error.

On the command line, an error is one line. \`--json\` prints its code, and \`DEBUG=ts-cyclegan\` the stack of unexpected errors. In a
program, \`isCycleGANError\` compares the code. Codes are stable between versions, messages are not:

\`\`\`ts
import { CycleGAN, isCycleGANError } from 'ts-cyclegan';
import { fileSystem } from 'ts-cyclegan/node';

try {
  await CycleGAN.load(fileSystem('no-such-folder'));
} catch (error) {
  if (!isCycleGANError(error, 'NOT_FOUND')) throw error;
  console.log('There is no model yet.');
}
\`\`\`

Messages are shortened to one line here, and their paths are examples.
`;

/** The codes and their meanings, in the order of the source. */
export function errorCodes(): { code: ErrorCode; meaning: string }[] {
  const rows = readFileSync(source, 'utf8').matchAll(/^ {2}\| '([A-Z_]+)';? \/\/ (.+)$/gm);
  return [...rows].map(([, code, meaning]) => ({ code: code as ErrorCode, meaning: meaning! }));
}

/** The message of the error of a cause. */
async function messageOf({ what, fail }: Cause, code: ErrorCode): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'errors-'));
  try {
    await fail(place);
  } catch (error) {
    if (!isCycleGANError(error, code)) throw error;
    const quoted = JSON.stringify(join(place, '/')).slice(1, -1); // in messages, paths are in quotes
    const example = 'https://mirror.example';
    const message = error.message.replaceAll(quoted, '').replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, example);
    return message.replaceAll('\\\\', '/').split('\n')[0]!;
  } finally {
    await rm(place, { recursive: true });
  }
  throw new Error(`"${what}" has not failed with ${code}.`);
}

const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;

async function section({ code, meaning }: ReturnType<typeof errorCodes>[number]): Promise<string> {
  const parts = [`## ${code}\n`, `${sentence(meaning)}\n`];
  for (const cause of causes[code]) {
    parts.push(`**${cause.what}**\n`, '```text', await messageOf(cause, code), '```\n', `${cause.todo}\n`);
  }
  return parts.join('\n');
}

/** What the page must say. */
export async function errorPage(): Promise<string> {
  const codes = errorCodes();
  const overview = [
    '| code | meaning |',
    '| --- | --- |',
    ...codes.map(({ code, meaning }) => `| [\`${code}\`](#${code.toLowerCase()}) | ${meaning} |`),
    '',
  ];
  const sections: string[] = [];
  for (const row of codes) sections.push(await section(row));
  return [introduction, overview.join('\n'), ...sections].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await tf.setBackend('cpu');
  writeFileSync(file, await errorPage());
}
