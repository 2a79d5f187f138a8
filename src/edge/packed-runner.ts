// A packed model run by an edge core: whole sequences or streams, f32 or int8.

import { EdgeArray, EdgeFeature, EdgePass, EdgeUse } from "../../assembly/edge/abi.ts";
import type { PackedModel } from "../formats/packed.ts";
import { checked, type EdgeCore, edgeFloats, edgeInts, placeEdge } from "./edge-core.ts";

export interface PackedOptions {
  /** Sequences side by side, the most of a call; default 1. */
  batch?: number;
  /** true: one step at a time, in less memory. Default false, sequences of the model's time steps. */
  streams?: boolean;
}

export class PackedRunner {
  /** Bytes the model takes in the core's memory. */
  readonly bytes: number;
  readonly #core: EdgeCore;
  readonly #model: number;
  readonly #packed: PackedModel;

  /** Throws a RangeError when the build does not carry what the model needs. */
  constructor(core: EdgeCore, packed: PackedModel, { batch = 1, streams = false }: PackedOptions = {}) {
    const isInt8 = (core.wl_features() & EdgeFeature.Int8) !== 0;
    if (isInt8 !== (packed.precision === "int8")) {
      throw new RangeError(
        `this build of the core takes ${isInt8 ? "int8" : "f32"} weights, got ${packed.precision}`,
      );
    }
    this.#core = core;
    this.#packed = packed;
    this.#model = core.wl_first_address();
    const steps = streams ? 1 : packed.architecture.timeSteps;
    this.bytes = placeEdge(core, this.#model, packed.architecture, { batch, steps, use: EdgeUse.Predict });
    const weights = edgeFloats(core, this.#model, EdgeArray.Parameters);
    if (weights.byteLength !== packed.weights.length) {
      throw new RangeError(`expected ${weights.byteLength} bytes of weights, got ${packed.weights.length}`);
    }
    new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength).set(packed.weights);
    checked(core.wl_pack(this.#model), "wl_pack");
  }

  /** What the head gives for n sequences, x [n, timeSteps, features], scaled already; a view that the next call overwrites. */
  predict(x: ArrayLike<number>, lengths?: ArrayLike<number>): Float32Array {
    const { timeSteps, features, head } = this.#packed.architecture;
    const n = x.length / (timeSteps * features);
    edgeFloats(this.#core, this.#model, EdgeArray.Input).set(x);
    if (lengths) edgeInts(this.#core, this.#model, EdgeArray.Lengths).set(lengths);
    checked(this.#core.wl_forward(this.#model, n, lengths ? EdgePass.Lengths : 0), "wl_forward");
    const items = n * (head.everyStep ? timeSteps : 1);
    return edgeFloats(this.#core, this.#model, EdgeArray.Outputs).subarray(0, items * head.units);
  }

  /** One step of n streams, x [n, features]; likewise. */
  step(x: ArrayLike<number>): Float32Array {
    const { features, head } = this.#packed.architecture;
    const n = x.length / features;
    edgeFloats(this.#core, this.#model, EdgeArray.Input).set(x);
    checked(this.#core.wl_step(this.#model, n), "wl_step");
    return edgeFloats(this.#core, this.#model, EdgeArray.Outputs).subarray(0, n * head.units);
  }

  /** All streams begin anew. */
  reset(): void {
    checked(this.#core.wl_reset(this.#model, -1), "wl_reset");
  }
}
