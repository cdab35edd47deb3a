/** Golden cases of all kinds but training, which has a file of its own, and those whose code is to come. */
import { testCases } from './suite.js';

const elsewhere = ['training', 'paired-training', 'gan-training', 'metric', 'weight-files', 'refused-files'];

testCases((kind) => !elsewhere.includes(kind));
