/** Golden cases of training: the steps of P and K, and those of GANs from noise. */
import { testCases } from './suite.js';

testCases((kind) => kind === 'training' || kind === 'gan-training');
