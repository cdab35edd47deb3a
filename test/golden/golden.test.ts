/** Golden cases of all kinds but training, which has a file of its own, and those whose code is to come. */
import { testCases } from './suite.js';

const elsewhere = ['training', 'paired-training', 'gan-training', 'metric', 'weight-files', 'refused-files'];

// Names and layouts of full-size networks do not depend on the backend, and take half a minute in plain JavaScript.
if (process.env.TFJS_BACKEND !== 'onnxruntime') elsewhere.push('state-dict');

testCases((kind) => !elsewhere.includes(kind));
