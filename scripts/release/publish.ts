/** `npm run release`: publishes versions that npm does not have, with a README.md whose links work on npm's page. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };
import { releaseProblem, repositoryPage } from './check.js';
import { withAbsoluteLinks } from './readme.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

function publish(): number {
  const problem = releaseProblem(manifest);
  if (problem !== undefined) {
    console.error(problem);
    return 1;
  }
  const { repository, version } = manifest as typeof manifest & { repository: { url: string } };
  const readme = `${root}README.md`;
  const own = readFileSync(readme, 'utf8');
  writeFileSync(readme, withAbsoluteLinks(own, repositoryPage(repository.url)!, `v${version}`));
  try {
    // changesets runs `npm publish`, and tags the commit with v<version>
    return spawnSync('npx', ['changeset', 'publish'], { cwd: root, stdio: 'inherit' }).status ?? 1;
  } finally {
    writeFileSync(readme, own);
  }
}

process.exitCode = publish();
