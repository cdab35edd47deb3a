/** Loads h5wasm, the C library of HDF5 in WebAssembly. It is optional and large, so it is loaded when it is needed. */
import type * as H5wasm from 'h5wasm';
import { CycleGANError } from '../../core/errors.js';

/** @throws CycleGANError `UNSUPPORTED` if it is not installed */
export async function loadH5wasm(where: string): Promise<typeof H5wasm> {
  const h5wasm = await import('h5wasm').catch((cause: unknown) => {
    throw new CycleGANError(
      'UNSUPPORTED',
      `${where}: h5wasm, which writes HDF5 files, cannot be loaded. Install it: npm install h5wasm`,
      { cause },
    );
  });
  await h5wasm.ready;
  return h5wasm;
}
