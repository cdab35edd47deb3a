/**
 * Runs before every test file: the backend (`TFJS_BACKEND`, default cpu) and the matchers. Weights are not frozen, because tests of
 * resuming compare bits. One thread, because test files run at the same time.
 */
import { beforeAll } from 'vitest';
import { useBackend } from '../golden/backends.js';
import './matchers.js';

beforeAll(async () => {
  await useBackend(process.env.TFJS_BACKEND ?? 'cpu', { freeze: 'never', threads: 1 });
});
