/** Golden cases of training: the steps of CycleGAN in PyTorch and Keras, of pix2pix and CUT, and of GANs from noise. */
import { testCases } from './suite.js';

testCases({ ofTraining: true });
