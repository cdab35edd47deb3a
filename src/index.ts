/**
 * CycleGAN for TypeScript: unpaired image-to-image translation on TensorFlow.js.
 *
 * @packageDocumentation
 */

// core
export { CycleGANError, isCycleGANError, type ErrorCode } from './core/errors.js';
export { Random, type RandomSource } from './core/random.js';

// layers

// blocks

// models

// losses

// data

// trainer
