// A small model of the edge core, call by call, for tests of what the calls say.

import { expect } from "vitest";
import { ABI_VERSION, EdgeArray, EdgeError, EdgeUse } from "../../assembly/edge/abi.ts";
import { CellType, HeadType } from "../../assembly/regions.ts";
import { type EdgeCore, edgeFloats, edgeInts } from "../../src/edge/edge-core.ts";
import { openEdge } from "../../src/node/edge-builds.ts";
import { numbers } from "./architectures.ts";

export const B = 3;
export const T = 4;
export const I = 2;
export const C = 3;

export class SmallModel {
  readonly core: EdgeCore;
  readonly model: number;

  private constructor(core: EdgeCore) {
    this.core = core;
    this.model = core.wl_first_address();
  }

  static async open(build?: string): Promise<SmallModel> {
    return new SmallModel(await openEdge(build));
  }

  /** wl_begin; sizes: batch, steps, features, projection, use. */
  begin(at = this.model, abi = ABI_VERSION, ...sizes: number[]): number {
    const [batch = B, steps = T, features = I, projection = 0, use = EdgeUse.Train] = sizes;
    return this.core.wl_begin(at, abi, batch, steps, features, projection, use);
  }

  lstm(units = 5, flags = 0): number {
    return this.core.wl_add_layer(
      this.model,
      CellType.Lstm,
      units,
      flags,
      0,
      1,
      Number.POSITIVE_INFINITY,
      0,
      0,
    );
  }

  head(type = HeadType.Softmax): number {
    return this.core.wl_set_head(this.model, type, C, 0, 0);
  }

  /** Everything up to a model that runs, with an input and labels. */
  place(type = HeadType.Softmax): void {
    const { core, model } = this;
    const calls = [
      this.begin(),
      this.lstm(),
      this.head(type),
      core.wl_init(model),
      core.wl_randomize(model, 1, 0, 0),
    ];
    expect([...calls, core.wl_pack(model)]).toEqual(Array(6).fill(EdgeError.Ok));
    edgeFloats(core, model, EdgeArray.Input).set(numbers(B * T * I, 1));
    if (type === HeadType.Softmax) edgeInts(core, model, EdgeArray.Labels).set([0, 1, 2]);
  }
}
