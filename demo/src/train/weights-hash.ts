// The fingerprint by which two browsers can be compared.

import type { Tensors } from "wasm-lstm";

/** SHA-256 of all weights in their order, in hex; undefined on a page that is not secure. */
export async function weightsHash(weights: Tensors): Promise<string | undefined> {
  if (globalThis.crypto?.subtle === undefined) return undefined;
  const parts = [...weights.values()].map(({ data }) => data as Float32Array<ArrayBuffer>);
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
