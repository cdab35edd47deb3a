/**
 * Writes src/cli/options.generated.ts and the tables of docs/command-line.md. Names, kinds and defaults of the flags come from the
 * library's schemas of options, and their help texts from the docstrings of its option interfaces.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Command, Option } from 'commander';
import ts from 'typescript';
import type * as v from 'valibot';
import {
  type Algorithm, algorithms, type GeneratedOption, type Kind, type Part, parts,
} from '../src/cli/flags/generated-option.js'; // prettier-ignore
import { createProgram } from '../src/cli/program.js';
import { inFlags } from '../src/cli/flags/names.js';
import { entriesOf } from '../src/cli/flags/tables.js';
import { modes } from '../src/losses/adversarial/adversarial-loss.js';
import { ganLossNames } from '../src/losses/adversarial/needs.js';

const root = new URL('../', import.meta.url);
export const generatedFile = fileURLToPath(new URL('src/cli/options.generated.ts', root));

/** The interfaces that describe the options of each part. Later ones win, because they are more specific. */
const interfaces: Record<Part, readonly [file: string, ...names: string[]][]> = {
  model: [
    ['models/options.ts', 'NetworkOptions'],
    ['models/unet-generator.ts', 'UnetGeneratorOptions'],
    ['models/resnet-generator.ts', 'ResnetGeneratorOptions'],
    ['models/gan-network-options.ts', 'GANNetworkOptions'],
    ['models/image-to-image-options.ts', 'ImageToImageOptions'],
    ['models/cyclegan-options.ts', 'CycleGANOptions'],
    ['models/pix2pix-options.ts', 'Pix2PixOptions'],
    ['models/cut-options.ts', 'CUTOptions'],
    ['models/gan-options.ts', 'GANOptions'],
  ],
  trainer: [
    ['trainer/algorithms/adam-options.ts', 'TrainerAdamOptions'],
    ['trainer/algorithms/trainer-options.ts', 'TrainerOptions'],
    ['trainer/algorithms/cyclegan/options.ts', 'CycleGANTrainerOptions'],
    ['trainer/algorithms/pix2pix/options.ts', 'Pix2PixTrainerOptions'],
    ['trainer/algorithms/cut/options.ts', 'CUTTrainerOptions'],
    ['trainer/algorithms/gan/options.ts', 'GANTrainerOptions'],
  ],
  fit: [
    ['trainer/engine/fit.ts', 'FitOptions'],
    ['trainer/algorithms/cyclegan/trainer.ts', 'CycleGANFitOptions'],
    ['trainer/algorithms/pix2pix/trainer.ts', 'Pix2PixFitOptions'],
    ['trainer/algorithms/cut/trainer.ts', 'CUTFitOptions'],
    ['trainer/algorithms/gan/trainer.ts', 'GANFitOptions'],
  ],
  images: [
    ['data/plan.ts', 'PreprocessOptions'],
    ['data/image-file.ts', 'DecodeOptions'],
  ],
};
/** Files whose types are described where they are declared: `convention?: Convention` has no text of its own. */
const typeFiles = [
  'core/convention.ts',
  'core/border.ts',
  'models/options.ts',
  'losses/adversarial/needs.ts',
];
/** Interfaces of one algorithm only. */
const ownerOf = (name: string): Algorithm | undefined =>
  name.startsWith('CycleGAN') ? 'cyclegan' : name.startsWith('Pix2Pix') ? 'pix2pix' : name.startsWith('CUT') ? 'cut' : name.startsWith('GAN') ? 'gan' : undefined; // prettier-ignore

interface Doc {
  text: string;
  fallback: string | undefined;
  type: string | undefined;
}

const sources = new Map<string, ts.SourceFile>();
function source(file: string): ts.SourceFile {
  const known = sources.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(`src/${file}`, root), 'utf8');
  const parsed = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  sources.set(file, parsed);
  return parsed;
}

const textOf = (comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string =>
  ts.getTextOfJSDocComment(comment) ?? '';

/** The text of a docstring as a help text: no Markdown, no links, no lists, on one line. */
function plain(text: string): string {
  const [beforeList] = text.split(/\n\s*- /);
  return beforeList!
    .replaceAll(/\{@link (\S+?)\}/g, '$1')
    .replaceAll('`', '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function docOf(node: ts.Node): Omit<Doc, 'type'> {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const tag = doc?.tags?.find(({ tagName }) => tagName.text === 'default');
  const fallback = tag && plain(textOf(tag.comment)).replaceAll(/'(\w[\w-]*)'/g, '$1');
  return { text: plain(textOf(doc?.comment)), fallback: fallback ?? undefined };
}

/** The docs of the members of an interface. */
function membersOf(file: string, name: string): Map<string, Doc> {
  const found = source(file).statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  );
  if (found === undefined) throw new Error(`src/${file} has no interface ${name}`);
  return new Map(
    found.members
      .filter(ts.isPropertySignature)
      .map((member) => [member.name.getText(), { ...docOf(member), type: member.type?.getText() }]),
  );
}

/** The docstring of a type alias. */
function aliasDoc(type: string | undefined): string {
  for (const file of typeFiles) {
    const alias = source(file).statements.find(
      (statement) => ts.isTypeAliasDeclaration(statement) && statement.name.text === type,
    );
    if (alias !== undefined) return docOf(alias).text;
  }
  return '';
}

/** The most specific text and default of an option of an algorithm. */
function describe(part: Part, algorithm: Algorithm, option: string): { text: string; fallback?: string } {
  let text = '';
  let fallback: string | undefined;
  let type: string | undefined;
  for (const [file, ...names] of interfaces[part]) {
    for (const name of names) {
      const owner = ownerOf(name);
      if (owner !== undefined && owner !== algorithm) continue;
      const doc = membersOf(file, name).get(option);
      if (doc === undefined) continue;
      if (doc.text !== '') text = doc.text;
      fallback = doc.fallback ?? fallback;
      type = doc.type;
    }
  }
  const described = text === '' ? aliasDoc(type) : text;
  return { text: described, ...(fallback === undefined ? {} : { fallback }) };
}

type Schema = v.GenericSchema & {
  wrapped?: Schema;
  item?: Schema;
  default?: unknown;
  options?: readonly unknown[];
  message?: string;
};

/** The form of the values of a schema: how a flag is parsed. */
function kindOf(option: string, schema: Schema): { kind: Kind; choices?: string[] } {
  const inner = schema.wrapped ?? schema;
  if (option === 'adversarial') return { kind: 'choice', choices: Object.keys(modes) };
  if (option === 'loss') return { kind: 'choice', choices: [...ganLossNames] };
  if (option === 'learningRate') return { kind: 'rates' };
  if (inner.type === 'picklist') return { kind: 'choice', choices: inner.options as string[] };
  if (inner.type === 'array' && inner.item?.type === 'picklist') {
    return { kind: 'list', choices: inner.item.options as string[] };
  }
  if (inner.type === 'boolean' || inner.type === 'number' || inner.type === 'string') {
    return { kind: inner.type === 'string' ? 'text' : inner.type };
  }
  const isNumber = inner.type === 'custom' && /^(a number|1, 3 or 4)/.test(String(inner.message));
  return { kind: isNumber ? 'number' : 'json' };
}

const shown = (value: unknown): string | undefined =>
  ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;

/** All options of the library that `train` offers, by the library's name. */
export function generatedOptions(): Record<string, GeneratedOption> {
  const options: Record<string, GeneratedOption> = {};
  for (const algorithm of algorithms) {
    for (const part of parts) {
      for (const [name, entry] of Object.entries(entriesOf(algorithm)[part])) {
        const schema = entry as Schema;
        const { text, fallback } = describe(part, algorithm, name);
        if (text === '') throw new Error(`no docstring describes the option ${name} of ${algorithm}`);
        const value = shown(schema.default) ?? fallback;
        const option = (options[name] ??= {
          help: text,
          ...kindOf(name, schema),
          parts: {},
          defaults: {},
        });
        (option.parts[algorithm] ??= []).push(part);
        if (value !== undefined) option.defaults[algorithm] ??= value;
      }
    }
  }
  const names = new Set(Object.keys(options));
  for (const option of Object.values(options)) {
    option.help = inFlags(option.help, names);
    for (const algorithm of algorithms) {
      const text = option.defaults[algorithm];
      if (text !== undefined) option.defaults[algorithm] = inFlags(text, names);
    }
  }
  return options;
}

const header = `/** Made by \`npm run generate:cli\`: do not edit. */
import type { GeneratedOption } from './flags/generated-option.js';
`;

/** What src/cli/options.generated.ts must say. */
export function generatedModule(): string {
  const rows = Object.entries(generatedOptions()).map(
    ([name, option]) => `  ${name}: ${JSON.stringify(option)},\n`,
  );
  return `${header}\nexport const options: Readonly<Record<string, GeneratedOption>> = {\n${rows.join('')}};\n`;
}

/** The cells of a Markdown table. */
const row = (...cells: string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/** The name of a command, after that of the command that has it: `datasets list`. */
const nameOf = (command: Command): string =>
  command.parent?.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();

/** A command: what it does, how it is called, and its options by group. */
function section(command: Command): string {
  const help = command.createHelp();
  const groups = new Map<string, Option[]>();
  for (const option of help.visibleOptions(command)) {
    const title = option.helpGroupHeading ?? 'Options:';
    groups.set(title, [...(groups.get(title) ?? []), option]);
  }
  const tables = [...groups].map(([title, options]) => {
    const heading =
      groups.size > 1 ? [`#### ${command.name()}: ${title.replace(/:$/, '').toLowerCase()}`, ''] : [];
    const rows = options.map((option) => row(`\`${option.flags}\``, help.optionDescription(option)));
    return [...heading, row('flag', ''), row('---', '---'), ...rows].join('\n');
  });
  const usage = `ts-cyclegan ${nameOf(command)} ${command.usage()}`;
  return [
    `### \`${nameOf(command)}\``,
    command.description(),
    `\`\`\`text\n${usage}\n\`\`\``,
    ...tables,
  ].join('\n\n');
}

export const pageFile = fileURLToPath(new URL('docs/command-line.md', root));
const mark = '<!-- Made by `npm run generate:cli` from here to the end: do not edit. -->\n';

/** What docs/command-line.md must say. */
export function page(): string {
  const [written] = readFileSync(pageFile, 'utf8').split(mark);
  const { commands } = createProgram(() => undefined);
  return `${written!}${mark}\n${commands
    .flatMap((command) => [command, ...command.commands])
    .map(section)
    .join('\n\n')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(generatedFile, generatedModule());
  writeFileSync(pageFile, page());
}
