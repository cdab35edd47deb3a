/** Gives Node the browser's WebGPU (Dawn): import it before the backend, which looks for `navigator.gpu` when it is imported. */
import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);
globalThis.navigator ??= {} as Navigator; // Node 20 has none
Object.defineProperty(navigator, 'gpu', { value: create([]) });
