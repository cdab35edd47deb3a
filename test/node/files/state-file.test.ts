/** `saveState` and `loadState`: training resumes bit for bit, and what is damaged is refused. */
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { CycleGANTrainer, isCycleGANError, Random, type TrainerState } from 'ts-cyclegan';
import { loadState, saveState } from 'ts-cyclegan/node';
import { describe, expect, it, test } from 'vitest';
import { emptyFolder } from '../../support/folder.js';
import { withoutLeaks } from '../../support/leaks.js';
import { damage } from '../../support/mutations.js';
import { allWeights, tinyBatch, tinyModel } from '../../support/tiny.js';

const state = (data = Float32Array.of(1, 2)) =>
  ({
    format: 'ts-cyclegan-trainer',
    networks: { generatorG: [{ shape: [2], data }] },
  }) as never as TrainerState;

const failure = async (action: () => Promise<unknown>): Promise<string> => {
  try {
    await action();
    return 'no error';
  } catch (error) {
    return isCycleGANError(error) ? `${error.code}: ${error.message}` : `raw: ${String(error)}`;
  }
};

it('resumes bit for bit from a file', () =>
  withoutLeaks(async () => {
    const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
    const file = join(await emptyFolder(), 'runs', 'state.bin');
    using model = tinyModel();
    const trainer = new CycleGANTrainer(model, { epochs: 2, poolSize: 2, seed: 3 });
    for (let i = 0; i < 3; i++) await trainer.trainStep(a, b);
    await saveState(file, await trainer.state());
    const losses = await trainer.trainStep(a, b);

    using other = tinyModel({ seed: 8 });
    const resumed = new CycleGANTrainer(other, { epochs: 2, poolSize: 2, seed: 4 });
    resumed.restore(await loadState(file));
    expect(await resumed.trainStep(a, b)).toEqual(losses);
    expect(await allWeights(other)).toEqual(await allWeights(model));
    trainer.dispose();
    resumed.dispose();
    a.dispose();
    b.dispose();
  }));

describe('refusals', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['no path', () => saveState('', state()), 'INVALID_ARGUMENT: saveState: file must be the path of a file, got "".'],
    ['a URL', () => loadState('file:///x'), 'INVALID_ARGUMENT: loadState: file must be the path of a file, got "file:///x".'],
    ['a number', () => loadState(7 as never), 'INVALID_ARGUMENT: loadState: file must be the path of a file, got 7.'],
    ['a promise of a state', () => saveState('x', Promise.resolve(state()) as never), 'INVALID_ARGUMENT: saveState: state must be a result of trainer.state(), got a Promise. Call saveState(file, await trainer.state()).'],
    ['a missing file', () => loadState('no/such/file'), 'NOT_FOUND: loadState: there is no file "no/such/file".'],
    ['a folder', () => loadState('src'), 'INVALID_STATE: loadState: "src" cannot be read: EISDIR: illegal operation on a directory, read.'],
  ])('%s', async (_, action, message) => {
    expect(await failure(action)).toBe(message);
  }); // prettier-ignore

  test('NaN, and the state that was there stays', async () => {
    const file = join(await emptyFolder(), 'state.bin');
    await saveState(file, state());
    expect(await failure(() => saveState(file, state(Float32Array.of(1, NaN))))).toBe(
      `NOT_A_NUMBER: saveState: state.networks.generatorG[0].data contains NaN or Infinity, so training cannot resume from it. ${JSON.stringify(file)} has not been changed.`,
    );
    expect(await loadState(file)).toEqual(state());
  });

  const damaged = async (spoil: (file: string) => Promise<void>) => {
    const file = join(await emptyFolder(), 'state.bin');
    await saveState(file, state());
    await spoil(file);
    return (await failure(() => loadState(file))).replace(file, 'FILE');
  };
  const rewritten = (change: (bytes: Buffer) => Buffer) => async (file: string) => {
    await writeFile(file, change(await readFile(file)));
  };
  const size = serialize(state()).length;
  test.each<[string, (file: string) => Promise<void>, string]>([
    ['what v8.serialize wrote', rewritten(() => serialize(state())), 'is not a file of saveState.'],
    ['an empty file', rewritten(() => Buffer.alloc(0)), 'is not a file of saveState.'],
    ['a cut first line', (file) => truncate(file, 30), 'is not a file of saveState.'],
    ['a cut file', (file) => truncate(file, 200), `is truncated: it must have ${size} bytes, got `],
    ['a flipped bit', rewritten((bytes) => { bytes[bytes.length - 3]! ^= 4; return bytes; }), 'has been changed: its SHA-256 hash differs. Use an earlier copy of it.'],
    ['another version', rewritten((bytes) => Buffer.from(bytes.toString('latin1').replace('"version":1', '"version":2'), 'latin1')), 'has version 2 of the file format, this library reads version 1.'],
  ])('%s', async (_, spoil, message) => {
    expect(await damaged(spoil)).toContain(`INVALID_STATE: loadState: "FILE" ${message}`);
  }); // prettier-ignore

  test('a thousand damaged files', async () => {
    const file = join(await emptyFolder(), 'state.bin');
    await saveState(file, state(Float32Array.from({ length: 50 }, (_, i) => i)));
    const whole = await readFile(file);
    for (let seed = 0; seed < 1000; seed++) {
      const bytes = damage(whole, new Random(seed));
      if (whole.equals(bytes)) continue;
      await writeFile(file, bytes);
      expect(await failure(() => loadState(file)), `seed ${seed}`).toMatch(/^INVALID_STATE: loadState: /);
    }
  });
});
