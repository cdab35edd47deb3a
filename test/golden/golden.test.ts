/** Golden cases of all kinds but training, which has a file of its own. */
import { testCases } from './suite.js';

const elsewhere = ['training', 'paired-training', 'gan-training', 'cut-training'];

// Names and layouts of full-size networks do not depend on the backend, and take half a minute in plain JavaScript.
if (process.env.TFJS_BACKEND !== 'onnxruntime') elsewhere.push('state-dict');

testCases(({ kind }) => !elsewhere.includes(kind));
