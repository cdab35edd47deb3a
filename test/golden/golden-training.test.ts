/** Golden cases of training: the steps of P and K, and those of P's pix2pix. */
import { testCases } from './suite.js';

testCases((kind) => ['training', 'paired-training'].includes(kind));
