// Loads MNIST beside the page: keeps the files as they came, 11 MB, and unpacks them each time they are asked for, so
// that every model can be given arrays of its own without the page copying any.

import sizes from "../../data/sizes.json";
import { type Answer, IMAGE, type Question } from "../images-protocol.ts";

const urls = import.meta.glob<string>("../../data/*.bin", { eager: true, query: "?url", import: "default" });
const files = Object.entries(sizes).map(([name, bytes]) => ({
  name,
  bytes,
  url: urls[`../../data/${name}`],
}));
const total = files.reduce((sum, { bytes }) => sum + bytes, 0);

/** Cache of the browser's that outlives a visit. */
const CACHE = "wasm-lstm-images";

const loads = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
const received = new Map<string, number>();

const answer = (message: Answer, transfer: Transferable[] = []) => self.postMessage(message, transfer);

self.onmessage = async ({ data: { id, part, count } }: MessageEvent<Question>) => {
  try {
    const images = await unpacked(part, count);
    answer({ id, images }, [images.labels.buffer, images.pixels.buffer]);
  } catch (error) {
    answer({ id, error: String((error as Error).message ?? error) });
  }
};

async function unpacked(part: string, count: number) {
  const wanted = files.filter(({ name }) => name.startsWith(part));
  // All begin at once; what fails is tried again at the next question.
  const packed = await Promise.all(wanted.map(load));
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * IMAGE);
  let done = 0;
  for (const bytes of packed) {
    if (done >= count) break;
    const both = await inflate(bytes);
    const n = both.length / (IMAGE + 1);
    const taken = Math.min(n, count - done);
    labels.set(both.subarray(0, taken), done);
    pixels.set(both.subarray(n, n + taken * IMAGE), done * IMAGE);
    done += taken;
  }
  return { labels, pixels };
}

function load(file: (typeof files)[number]): Promise<Uint8Array<ArrayBuffer>> {
  const known = loads.get(file.name);
  if (known) return known;
  const loading = download(file);
  loads.set(file.name, loading);
  loading.catch(() => {
    loads.delete(file.name);
    received.delete(file.name);
  });
  return loading;
}

async function download({ name, bytes, url }: (typeof files)[number]): Promise<Uint8Array<ArrayBuffer>> {
  const kept = await cache();
  const known = await kept?.match(url);
  const response = known ?? (await fetch(url));
  if (!response.ok || !response.body) throw new Error(`${name}: HTTP ${response.status}`);
  const whole = new Uint8Array(bytes);
  let length = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    if (length + value.length > bytes) throw new Error(`${name}: more than ${bytes} bytes came`);
    whole.set(value, length);
    length += value.length;
    received.set(name, length);
    answer({ progress: [...received.values()].reduce((a, b) => a + b, 0) / total });
  }
  if (length < bytes) throw new Error(`${name}: ${length} of ${bytes} bytes came`);
  // Where the browser keeps nothing, the next visit loads again.
  if (!known) await kept?.put(url, new Response(whole)).catch(() => {});
  return whole;
}

// undefined where the visitor has forbidden storage, or the page is not secure.
async function cache(): Promise<Cache | undefined> {
  try {
    return await self.caches.open(CACHE);
  } catch {
    return undefined;
  }
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
