/** Golden cases of training: the steps of P and K. */
import { testCases } from './suite.js';

testCases((kind) => kind === 'training');
