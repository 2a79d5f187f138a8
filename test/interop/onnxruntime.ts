// onnxruntime-web on its WebAssembly backend, one thread: runs a model that this library wrote.

import * as ort from "onnxruntime-web";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

/** Answers for x [B,T,I]. */
export async function runOnnx(
  bytes: Uint8Array,
  x: Float32Array,
  [B, T, I]: readonly [number, number, number],
  lengths?: Int32Array,
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const feeds: Record<string, ort.Tensor> = { x: new ort.Tensor("float32", x, [B, T, I]) };
  if (lengths !== undefined) feeds.lengths = new ort.Tensor("int32", lengths, [B]);
  const { output } = await session.run(feeds);
  const values = (await output.getData()) as Float32Array;
  await session.release();
  return values.slice();
}
