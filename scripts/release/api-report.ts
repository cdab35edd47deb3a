/**
 * Writes api/*.api.md: the public names of each entry with their declarations, without comments. A change of the public API is then a
 * change of these files, which a reviewer sees and a test compares.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import manifest from '../../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The report of each entry, by its path in the repository.
 *
 * @param folder has the built package: `dist`
 */
export function apiReports(folder = root): Map<string, string> {
  const entries = Object.entries(manifest.exports).flatMap(([name, target]) =>
    typeof target === 'string' ? [] : [[name, resolve(folder, target.import.types)] as const],
  );
  const missing = entries.find(([, path]) => !existsSync(path));
  if (missing) throw new Error(`${relative(folder, missing[1])} does not exist. Run: npm run build`);
  // Types of other packages are not needed for names and texts, so nothing else is read.
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noLib: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const isOwn = (path: string) => !path.includes('node_modules/@') && host.fileExists(path);
  const program = ts.createProgram(
    entries.map(([, path]) => path),
    options,
    { ...host, fileExists: isOwn },
  );
  const checker = program.getTypeChecker();
  const exports = entries.map(([, path]) => exportsOf(program.getSourceFile(path)!, checker));
  const shown = new Set(exports.flatMap((names) => [...names.keys()]));
  return new Map(
    entries.map(([name], i) => {
      const file = name === '.' ? 'index' : name.slice(2).replaceAll('/', '-');
      return [`api/${file}.api.md`, report(name.replace('.', 'ts-cyclegan'), exports[i]!, shown, checker)];
    }),
  );
}

const resolved = (symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** The names that a file exports. */
function exportsOf(file: ts.SourceFile, checker: ts.TypeChecker): Map<ts.Symbol, string> {
  const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(file)!);
  return new Map(symbols.map((symbol) => [resolved(symbol, checker), symbol.name]));
}

/**
 * @param shown types that no other report needs to show. Those that this one shows are added
 */
function report(
  entry: string,
  exported: ReadonlyMap<ts.Symbol, string>,
  shown: Set<ts.Symbol>,
  checker: ts.TypeChecker,
): string {
  const titles = new Map(exported);
  // Types that exported ones use, and those that these use. The map grows in the loop. Values, of which a type has the names, use none.
  for (const [symbol] of titles) {
    if (!exported.has(symbol) && symbol.flags & ts.SymbolFlags.Variable) continue;
    for (const type of declarationsOf(symbol).flatMap((node) => usedTypes(node, checker))) {
      if (shown.has(type) || !isOfPackage(type)) continue;
      shown.add(type);
      titles.set(type, `${type.name} (not exported)`);
    }
  }
  const sections = [...titles]
    .sort(([, a], [, b]) => (a < b ? -1 : 1))
    .map(
      ([symbol, title]) => `## ${title}\n\n\`\`\`ts\n${declarationsOf(symbol).map(print).join('\n')}\n\`\`\``,
    );
  const head = [`# API of \`${entry}\``, 'Written by `npm run generate:api`. Do not edit it.'];
  return `${[...head, ...sections].join('\n\n')}\n`;
}

/** The public declarations of a symbol: several for overloads. */
const declarationsOf = (symbol: ts.Symbol): ts.Node[] =>
  (symbol.declarations ?? []).map((node) => {
    if (ts.isVariableDeclaration(node)) return node.parent.parent;
    return ts.isClassDeclaration(node) ? publicPart(node) : node;
  });

/** Whether a type is declared in a file of the package. Type parameters are part of another declaration. */
const isOfPackage = ({ flags, declarations = [] }: ts.Symbol): boolean =>
  !(flags & ts.SymbolFlags.TypeParameter) &&
  declarations.some(
    (node) => !ts.isSourceFile(node) && !ts.isNamespaceImport(node) && !ts.isImportSpecifier(node),
  );

function usedTypes(node: ts.Node, checker: ts.TypeChecker): ts.Symbol[] {
  const name = ts.isTypeReferenceNode(node)
    ? node.typeName
    : ts.isTypeQueryNode(node)
      ? node.exprName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : undefined;
  const own = name && ts.isIdentifier(name) ? checker.getSymbolAtLocation(name) : undefined;
  const used = own ? [resolved(own, checker)] : [];
  ts.forEachChild(node, (child) => void used.push(...usedTypes(child, checker)));
  return used;
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

const print = (node: ts.Node): string =>
  printer.printNode(ts.EmitHint.Unspecified, node, ts.getOriginalNode(node).getSourceFile());

/** Without private and internal members. */
function publicPart(node: ts.ClassDeclaration): ts.ClassDeclaration {
  const isPublic = (member: ts.ClassElement) =>
    !(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) &&
    !(member.name && ts.isPrivateIdentifier(member.name)) &&
    !ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal');
  const { modifiers, name, typeParameters, heritageClauses, members } = node;
  return ts.factory.updateClassDeclaration(
    node, modifiers, name, typeParameters, heritageClauses, members.filter(isPublic),
  ); // prettier-ignore
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [file, text] of apiReports()) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
}
