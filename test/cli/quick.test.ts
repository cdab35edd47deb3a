/** `train --quick`: the options of the preset, what wins over them, and where it is refused. */
import { CycleGAN, CycleGANTrainer, quickPreset } from 'ts-cyclegan';
import { expect, test } from 'vitest';
import type { Given } from '../../src/cli/flags/add-flags.js';
import { withQuick } from '../../src/cli/train/quick.js';
import { settingsOf } from '../../src/cli/train/settings.js';
import { withoutLeaks } from '../support/leaks.js';
import { cli } from './command.js';

const flags = (values: Record<string, unknown>): Map<string, Given> =>
  new Map(Object.entries(values).map(([word, value]) => [word, { value, title: `--${word}` }]));

test('--quick gives the options of the preset, and other flags win', () => {
  const { model, trainer, algorithm, own } = settingsOf(
    'data',
    withQuick(flags({ quick: true, size: 64, blocks: 3 })),
  );
  expect(model).toEqual({ ...quickPreset.model, inputShape: [64, 64, 3], residualBlocks: 3 });
  expect(trainer).toMatchObject({ ...quickPreset.trainer, convention: 'pytorch' });
  expect([algorithm, own.quick]).toEqual(['cyclegan', undefined]);
});

test('without --quick nothing changes', () => {
  expect(withQuick(flags({ size: 64, quick: false }))).toEqual(flags({ size: 64, quick: false }));
});

test('model and trainer accept the preset', () =>
  withoutLeaks(() => {
    const model = new CycleGAN({ ...quickPreset.model, filters: 1, inputShape: [16, 16, 3] });
    const trainer = new CycleGANTrainer(model, { ...quickPreset.trainer, epochs: 4 });
    expect(trainer.settings).toMatchObject({
      convention: 'pytorch',
      adversarial: 'vanilla',
      learningRate: { generator: 8e-4, discriminator: 8e-4 },
      ema: 0.999,
      poolSize: 50,
    });
    trainer.dispose();
    model.dispose();
  }));

test('--quick is refused for another algorithm, before anything is written', async () => {
  expect(await cli('train', 'nowhere', '--quick', '--algorithm', 'pix2pix')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: --quick applies to cyclegan only, but --algorithm is "pix2pix". Leave one of them out.\n',
  });
});
