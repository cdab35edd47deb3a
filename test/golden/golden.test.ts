/** Golden cases of all kinds but training, which has a file of its own. */
import { testCases } from './suite.js';

testCases({ ofTraining: false });
