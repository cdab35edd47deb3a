/** The committed cases as tests, one each. They are spread over files, which run side by side. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';
import { listCases, readCase } from './format.js';
import { runCase } from './runner.js';

/** The folder of the committed cases. */
export const cases = fileURLToPath(new URL('cases', import.meta.url));

/**
 * Cases that take seconds in plain JavaScript run on the faster engine only, whose training is compared with plain JavaScript's on
 * smaller networks. Names and layouts of full-size networks do not depend on the backend.
 */
const slow =
  /^(p-state-dicts|k-weight-lists|[kp]-training.*|cut-training.*|(k|cut)-resnet|p-resnet-(instance|replicate|zero|batch-.*))$/;
const isFast = process.env.TFJS_BACKEND === 'onnxruntime';

/** A test for every case: of those of training, or of the others. */
export function testCases({ ofTraining }: { ofTraining: boolean }): void {
  const fits = (name: string) =>
    (isFast || !slow.test(name)) && readCase(cases, name).kind.endsWith('training') === ofTraining;
  for (const name of listCases(cases).filter(fits)) {
    test(name, { timeout: 300_000 }, () =>
      withoutLeaks(async () => {
        const verdict = await runCase(cases, name);
        expect(verdict, JSON.stringify(verdict)).toMatchObject({ ok: true });
      }),
    );
  }
}
