/**
 * What only the publisher knows stands in package.json: `repository`, `author`, `bugs`. `npm run release:check` refuses to publish without
 * it, and so does `npm publish`.
 */
import { pathToFileURL } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };

interface Field {
  name: string;
  example: unknown;
  why: string;
  isFilledIn: (value: unknown) => boolean;
}

/** The text of a key of an object, or ''. */
function textOf(value: unknown, key: string): string {
  const text = (value as Record<string, unknown> | undefined)?.[key];
  return typeof text === 'string' ? text : '';
}

/** Values of the examples below do not count. */
const isOwn = (text: string) => text !== '' && !/OWNER|NAME|example\.com/.test(text);
const isAddress = (text: string) => isOwn(text) && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);

const fields: readonly Field[] = [
  {
    name: 'repository',
    example: { type: 'git', url: 'git+https://github.com/OWNER/NAME.git' },
    why: 'npm compares it with the provenance of the release. The links and images of README.md lead there.',
    isFilledIn: (value) => isOwn(textOf(value, 'url')) && repositoryPage(textOf(value, 'url')) !== undefined,
  },
  {
    name: 'author',
    example: 'NAME <NAME@example.com>',
    why: 'Who publishes the package.',
    isFilledIn: (value) => isOwn(typeof value === 'string' ? value : textOf(value, 'name')),
  },
  {
    name: 'bugs',
    example: { url: 'https://github.com/OWNER/NAME/issues', email: 'security@example.com' },
    why: 'SECURITY.md and CODE_OF_CONDUCT.md send confidential reports to the email.',
    isFilledIn: (value) => isOwn(textOf(value, 'url')) && isAddress(textOf(value, 'email')),
  },
];

/** The page of a repository on GitHub: `https://github.com/OWNER/NAME`. Undefined for other addresses. */
export function repositoryPage(url: string): string | undefined {
  const [, page] = /^(?:git\+)?(https:\/\/github\.com\/[^/]+\/[^/]+?)(?:\.git)?$/.exec(url) ?? [];
  return page;
}

/** What must be filled in before the package can be published. Undefined if nothing. */
export function releaseProblem(fieldsOf: Readonly<Record<string, unknown>>): string | undefined {
  const missing = fields.filter(({ name, isFilledIn }) => !isFilledIn(fieldsOf[name]));
  if (missing.length === 0) return undefined;
  const lines = missing.map(
    ({ name, example, why }) => `  "${name}": ${JSON.stringify(example)}\n      ${why}\n`,
  );
  return `The package cannot be published yet. Fill in these fields of package.json:\n\n${lines.join('')}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problem = releaseProblem(manifest);
  if (problem !== undefined) console.error(problem);
  process.exitCode = problem === undefined ? 0 : 1;
}
