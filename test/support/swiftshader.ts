/**
 * Software WebGPU for Node's npm package `webgpu` (Dawn): Dawn wants a Vulkan driver, and the Chromium from npm brings
 * SwiftShader. The driver is found through environment variables, which must be set before Node starts.
 */
import { join } from 'node:path';
import { hasPackagedChromium, unpackChromium } from './chromium.js';

/** What to add to the environment of a Node process to run `webgpu` on SwiftShader; elsewhere than linux x64 nothing. */
export async function swiftshaderEnvironment(): Promise<Record<string, string>> {
  if (!hasPackagedChromium) return {}; // the machine's own GPU
  const folder = await unpackChromium();
  return {
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
    LD_LIBRARY_PATH: folder,
    XDG_RUNTIME_DIR: folder,
  };
}
