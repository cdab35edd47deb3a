/** What the page, the browser and the device offer to engines. */

/** What engines need to know about the page. */
export interface Surroundings {
  /** Why there is no WebGPU, in a sentence; undefined if there is. */
  readonly noWebGPU: string | undefined;
  /** Whether WebGPU is computed by the CPU, because the device has no usable graphics card. */
  readonly software: boolean;
  /** Why there is no WebGL 2, in a sentence; undefined if there is. */
  readonly noWebGL: string | undefined;
  /** Threads that WebAssembly can use. */
  readonly threads: number;
  /** What would make the page faster, in sentences. */
  readonly advice: readonly string[];
}

interface Adapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: { readonly isFallbackAdapter?: boolean; readonly architecture?: string };
}
interface WithGPU {
  readonly gpu?: { requestAdapter(): Promise<Adapter | null> };
}

/** The headers that a server must send so that WebAssembly has threads. */
const headers = 'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';

/** @param wanted threads that the program asks for */
export async function surroundings(wanted?: number): Promise<Surroundings> {
  const { noWebGPU, software } = await findWebGPU();
  const cores = navigator.hardwareConcurrency || 1;
  const isolated = crossOriginIsolated;
  const advice: string[] = [];
  if (!isolated && cores > 1 && wanted !== 1) {
    advice.push(
      'WebAssembly has one thread only, because this page is not cross-origin isolated. ' +
        `Let the server send the headers ${headers} with the page and its Workers.`,
    );
  }
  if (noWebGPU !== undefined) advice.push(noWebGPU);
  if (software) {
    advice.push(
      'WebGPU is computed by the CPU here. Turn on hardware acceleration in the settings of the browser if the device has a GPU.',
    );
  }
  return {
    noWebGPU,
    software,
    noWebGL: findWebGL(),
    threads: isolated ? (wanted ?? Math.min(4, Math.ceil(cores / 2))) : 1,
    advice,
  };
}

async function findWebGPU(): Promise<Pick<Surroundings, 'noWebGPU' | 'software'>> {
  const { gpu } = navigator as unknown as WithGPU; // older browsers lack it
  if (gpu === undefined) {
    const noWebGPU = isSecureContext
      ? 'This browser has no WebGPU. A current Chrome, Edge, Safari or Firefox may have it.'
      : 'WebGPU is not available to pages without https. Open the page with https.';
    return { noWebGPU, software: false };
  }
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (adapter === null) {
    const noWebGPU =
      'This browser has WebGPU, but finds no graphics card for it. Check its settings and the drivers.';
    return { noWebGPU, software: false };
  }
  const software = adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false;
  return { noWebGPU: undefined, software: software || adapter.info?.architecture === 'swiftshader' };
}

function findWebGL(): string | undefined {
  const context = new OffscreenCanvas(1, 1).getContext('webgl2');
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return context === null ? 'This browser has no WebGL 2, or has turned it off.' : undefined;
}
