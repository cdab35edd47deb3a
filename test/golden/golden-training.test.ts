/** Golden cases of training: the steps of CycleGAN in PyTorch and Keras, of pix2pix and CUT, and of GANs from noise. */
import { testCases } from './suite.js';

/** Some take long in plain JavaScript, so they run on the faster engine only. */
const slow = /^(p-training-(lsgan|lsgan-batch-2|wgan-gp|batch-norm)|k-training|k-training-batch-2)$/;
const isFast = process.env.TFJS_BACKEND === 'onnxruntime';

testCases(
  ({ kind, case: name }) =>
    ['training', 'paired-training', 'gan-training', 'cut-training'].includes(kind) &&
    (isFast || !slow.test(name)),
);
