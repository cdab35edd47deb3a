/** `train --resume` of a run that has reached its limit. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeImage } from 'ts-cyclegan/node';
import { expect, test } from 'vitest';
import { emptyFolder } from '../support/folder.js';
import { tinyPictures } from '../support/tiny.js';
import { cli } from './command.js';

const tiny = ['--size', '8', '--load-size', '8', '--filters', '2', '--blocks', '1', '--discriminator', 'pixel', '--convention', 'pytorch', '--sample-every', '1000', '--engine', 'cpu', '--json']; // prettier-ignore

test.each([
  ['steps', 'a learning rate that decays by step'],
  ['epochs', 'a learning rate that decays by epoch'],
])('a limit in %s, with %s', async (unit) => {
  const folder = await emptyFolder();
  const at = (...names: string[]) => join(folder, ...names);
  for (const name of ['data/trainA/0.png', 'data/trainB/0.png']) {
    const [picture] = tinyPictures(1);
    await writeImage(at(name), picture!);
    picture!.dispose();
  }
  const run = at('run');
  const contents = async () => [
    await readdir(at('run/checkpoints')),
    await readFile(at('run/metrics.jsonl'), 'utf8'),
  ];
  const resume = (...flags: string[]) => cli('train', '--resume', '--out', run, ...flags);
  expect((await cli('train', at('data'), ...tiny, `--${unit}`, '2', '--out', run)).code).toBe(0);
  const before = await contents();

  expect(await resume()).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      new RegExp(
        `(^|\\n)The run ${run} is complete: 2 of 2 ${unit}\\.\\n` +
          `To train longer, run: npx ts-cyclegan train --resume --out ${run} --${unit} 4\\n$`,
      ),
    ) as string,
    stderr: '',
  });
  const { code, stdout } = await resume('--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({
    event: 'end',
    run,
    step: 2,
    stopped: null,
    skipped: [],
  });
  expect(await contents()).toEqual(before);

  await rm(at('run/model'), { recursive: true }); // as if killed before its end
  expect((await resume()).code).toBe(0);
  expect(existsSync(at('run/model/model.json'))).toBe(true);

  const longer = await resume(`--${unit}`, '3', '--json');
  expect(longer.stderr).toBe('');
  expect(JSON.parse(longer.stdout.trim().split('\n').at(-1)!)).toMatchObject({ event: 'end', step: 3 });
});
