/** The golden cases of this repository, for tests of single parts. */
import { fileURLToPath } from 'node:url';
import { type GoldenCase, readCase } from '../golden/format.js';

export const goldenFolder = fileURLToPath(new URL('../golden/cases', import.meta.url));

export const goldenCase = (name: string): GoldenCase => readCase(goldenFolder, name);
