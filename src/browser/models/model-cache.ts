/**
 * Downloaded models in the browser's Cache API. Each weights file is kept with the hash of the `model.json` that it belongs to, so that
 * a new version of the model is downloaded again.
 */

const cacheName = 'ts-cyclegan-models';
const hashHeader = 'x-model-json';

/** A model in the cache. Without the Cache API (a page over plain HTTP, a browser that blocks storage), nothing is kept. */
export class ModelCache {
  /** @param url the URL of `model.json` */
  constructor(private readonly url: string) {}

  /** The text of `model.json`. */
  async text(): Promise<string | undefined> {
    return await (await find(this.url))?.text();
  }

  /** A weights file that belongs to the `model.json` with this hash. */
  async weights(url: string, hash: string): Promise<Response | undefined> {
    const found = await find(url);
    return found?.headers.get(hashHeader) === hash ? found : undefined;
  }

  /** Keeps a model. A browser without room for it keeps nothing. */
  async keep(text: string, hash: string, weights: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const cache = await open();
    try {
      for (const [url, bytes] of weights) {
        await cache?.put(
          url,
          new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { [hashHeader]: hash } }),
        );
      }
      await cache?.put(this.url, new Response(text)); // last: what it names is there
    } catch {
      await this.forget();
    }
  }

  /** Removes everything of the model's folder. */
  async forget(): Promise<void> {
    const folder = new URL('.', this.url).href;
    const cache = await open();
    for (const { url } of (await cache?.keys()) ?? []) if (url.startsWith(folder)) await cache!.delete(url);
  }
}

async function open(): Promise<Cache | undefined> {
  const { caches } = globalThis as Partial<WindowOrWorkerGlobalScope>;
  return await caches?.open(cacheName).catch(() => undefined);
}

const find = async (url: string): Promise<Response | undefined> =>
  await (await open())?.match(url).catch(() => undefined);
