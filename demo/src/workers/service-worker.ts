// The page without a network, from its second visit on; and isolated from other origins, so that it may use threads,
// also where its host sends no such headers.

declare const self: ServiceWorkerGlobalScope & {
  /** Written in front of this file when the page is built. */
  PAGE: { version: string; files: string[] };
};

const { version, files } = self.PAGE;
/** One cache for each build of the page. */
const CACHE = `wasm-lstm-page-${version}`;
const INDEX = "index.html";

const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(files)));
});

// A page of the build before, if one is open, keeps its own worker and cache until it is closed.
self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys().then((keys) => {
      const old = keys.filter((key) => key.startsWith("wasm-lstm-page-") && key !== CACHE);
      return Promise.all(old.map((key) => caches.delete(key)));
    }),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(request.mode === "navigate" ? freshPage(request) : keptFile(request));
});

// The newest page there is.
async function freshPage(request: Request): Promise<Response> {
  try {
    return isolated(await fetch(request));
  } catch (error) {
    const kept = await caches.match(INDEX);
    if (kept) return isolated(kept);
    throw error;
  }
}

// Files' names change with what is in them, so one that is kept is right.
async function keptFile(request: Request): Promise<Response> {
  const kept = await caches.match(request);
  if (kept) return isolated(kept);
  const response = await fetch(request);
  // Images are kept by the worker that loads them.
  if (response.ok && request.url.includes("/assets/") && !request.url.endsWith(".bin")) {
    const cache = await caches.open(CACHE);
    await cache.put(request, response.clone()).catch(() => {});
  }
  return isolated(response);
}

function isolated(response: Response): Response {
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATED)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

export {};
