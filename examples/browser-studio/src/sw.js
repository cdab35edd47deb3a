/**
 * The service worker: after the first visit the page works without network. `vite.config.ts` fills in the version and the files.
 * Their names have hashes, so a file in the cache never changes; only the page itself is asked for again.
 */
const cacheName = `studio-${'VERSION'}`;
const files = [];

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(files)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(removeOld().then(() => self.clients.claim()));
});

async function removeOld() {
  const others = (await caches.keys()).filter((name) => name.startsWith('studio-') && name !== cacheName);
  await Promise.all(others.map((name) => caches.delete(name)));
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(self.registration.scope)) return;
  event.respondWith(request.mode === 'navigate' ? networkFirst(request) : cacheFirst(request));
});

async function networkFirst(request) {
  try {
    return isolated(await fetch(request));
  } catch {
    return isolated((await caches.match('./', { ignoreSearch: true })) ?? Response.error());
  }
}

async function cacheFirst(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  if (kept) return isolated(kept);
  const response = await fetch(request);
  if (response.status === 200) {
    const cache = await caches.open(cacheName);
    await cache.put(request, response.clone()).catch(() => undefined); // a full disk: the page works, with network
  }
  return isolated(response);
}

/** The headers that give WebAssembly threads, for servers that do not send them. */
function isolated(response) {
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
