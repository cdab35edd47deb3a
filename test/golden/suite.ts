/** The committed cases as tests, one each. They are spread over files, which run side by side. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { withoutLeaks } from '../support/leaks.js';
import { type GoldenCase, listCases, readCase } from './format.js';
import { runCase } from './runner.js';

/** The folder of the committed cases. */
export const cases = fileURLToPath(new URL('cases', import.meta.url));

/** A test for every case that is wanted. */
export function testCases(wanted: (golden: GoldenCase) => boolean): void {
  for (const name of listCases(cases).filter((name) => wanted(readCase(cases, name)))) {
    test(name, { timeout: 300_000 }, () =>
      withoutLeaks(async () => {
        const verdict = await runCase(cases, name);
        expect(verdict, JSON.stringify(verdict)).toMatchObject({ ok: true });
      }),
    );
  }
}
