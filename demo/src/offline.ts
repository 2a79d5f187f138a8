// The service worker: the page without a network, and isolated where its host does not see to that.

/** How long the first visit waits for it before it goes on with one thread. */
const PATIENCE_MS = 3000;
const RELOADED = "wasm-lstm-isolated-by-reload";

export type Offline = "ready" | "no storage" | "not secure" | "failed" | "not built";

/** Registers it. Resolves when the page is kept, with what else hinders it. */
export async function keepPage(): Promise<Offline> {
  if (!import.meta.env.PROD) return "not built";
  if (!isSecureContext) return "not secure";
  if (!("serviceWorker" in navigator)) return "no storage";
  try {
    const registration = await navigator.serviceWorker.register("./service-worker.js");
    await activated(registration);
    return "ready";
  } catch (error) {
    // Firefox and Chromium have a word each for what the visitor has forbidden.
    return ["SecurityError", "NotSupportedError"].includes((error as Error).name) ? "no storage" : "failed";
  }
}

/**
 * Where the host sends no headers of isolation, the service worker does, from the next load on: reloads once, unless the
 * visitor has begun. Resolves when there is nothing to wait for.
 */
export async function isolate(kept: Promise<Offline>, isIdle: () => boolean): Promise<void> {
  if (crossOriginIsolated || wasReloaded()) return;
  const patience = new Promise<"late">((resolve) => setTimeout(resolve, PATIENCE_MS, "late"));
  if ((await Promise.race([kept, patience])) !== "ready" || !isIdle()) return;
  try {
    sessionStorage.setItem(RELOADED, "1");
  } catch {
    return;
  }
  location.reload();
  await new Promise(() => {});
}

function wasReloaded(): boolean {
  try {
    return sessionStorage.getItem(RELOADED) !== null;
  } catch {
    return true;
  }
}

async function activated({ active, installing, waiting }: ServiceWorkerRegistration): Promise<void> {
  if (active) return;
  const worker = installing ?? waiting;
  await new Promise<void>((resolve, reject) => {
    const look = () => {
      if (worker?.state === "activated") resolve();
      if (worker?.state === "redundant") reject(new Error("the page could not be kept"));
    };
    worker?.addEventListener("statechange", look);
    look();
  });
}
