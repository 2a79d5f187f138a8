// Copies between row-major tensors and panels: exact bits, the right columns, nothing else touched.

import { expect, test } from "vitest";
import { layOutGuarded } from "../support/guard.ts";
import { type Kernels, loadKernels } from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";

const PANEL = 8;
const SIZES = [...Array.from({ length: 17 }, (_, n) => n + 1), 25];

// A tensor [rows, columns] of the numbers from 1, with a gap behind each row, and a second guarded buffer.
function place(kernels: Kernels, rows: number, columns: number, otherLength: number, salt: number) {
  const stride = columns + (salt % 3);
  const guarded = layOutGuarded(kernels.memory, kernels.planBase(), [
    { length: rows * stride, offset: salt & 3 },
    { length: otherLength, offset: (salt >> 1) & 3 },
  ]);
  const [tensor, other] = guarded.buffers;
  const floats = tensor.floats;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) floats[r * stride + c] = r * columns + c + 1;
  }
  return { guarded, tensor, other, stride };
}

function forEachSize(body: (rows: number, columns: number, salt: number) => void): void {
  // Every size of either kind meets every offset of either buffer.
  for (const [i, rows] of [0, ...SIZES].entries())
    for (const [k, columns] of SIZES.entries()) body(rows, columns, i + 3 * k);
}

await overBuilds(loadKernels, (kernels) => {
  test("packPanel takes 8 columns, of the last panel those that exist", () => {
    forEachSize((rows, columns, salt) => {
      const { guarded, tensor, other, stride } = place(kernels, rows, columns, rows * PANEL, salt);
      for (let column = 0; column < columns; column += PANEL) {
        other.floats.fill(0);
        const from = tensor.floats.slice();
        kernels.packPanel(other.address, tensor.address, stride * 4, rows, column, columns);
        guarded.assertIntact();
        const expected = Array.from({ length: rows * PANEL }, (_, i) => {
          const c = column + (i % PANEL);
          return c < columns ? Math.floor(i / PANEL) * columns + c + 1 : 0;
        });
        expect([...other.floats], `${rows} x ${columns} from ${column}`).toEqual(expected);
        expect(tensor.floats).toEqual(from);
      }
    });
  });

  test("packPanel can begin in the middle of a row and ends at column n", () => {
    const { other, tensor } = place(kernels, 2, 12, 2 * PANEL, 0);
    other.floats.fill(0);
    kernels.packPanel(other.address, tensor.address, 48, 2, 3, 6);
    expect([...other.floats]).toEqual([4, 5, 6, 0, 0, 0, 0, 0, 16, 17, 18, 0, 0, 0, 0, 0]);
  });

  test("unpackPanel is the way back and leaves the rest alone", () => {
    forEachSize((rows, columns, salt) => {
      const { guarded, tensor, other, stride } = place(kernels, rows, columns, rows * PANEL, salt);
      const before = tensor.floats.slice();
      for (let column = 0; column < columns; column += PANEL) {
        other.floats.fill(0);
        kernels.packPanel(other.address, tensor.address, stride * 4, rows, column, columns);
        // Doubled, so that what comes back is seen.
        const panel = other.floats;
        for (let i = 0; i < panel.length; i++) panel[i] *= 2;
        kernels.unpackPanel(tensor.address, stride * 4, other.address, rows, column, columns);
        guarded.assertIntact();
        const floats = tensor.floats;
        const expected = before.map((value, i) => {
          const c = i % stride;
          return c < Math.min(column + PANEL, columns) ? 2 * value : value;
        });
        expect(floats, `${rows} x ${columns} from ${column}`).toEqual(expected);
      }
    });
  });

  test("packTransposed turns 8 columns into rows of panels", () => {
    forEachSize((rows, columns, salt) => {
      const panels = Math.ceil(rows / PANEL);
      const toPanel = PANEL * PANEL + (salt % 5);
      const { guarded, tensor, other, stride } = place(kernels, rows, columns, panels * toPanel, salt);
      for (let column = 0; column < columns; column += PANEL) {
        other.floats.fill(0);
        kernels.packTransposed(other.address, toPanel * 4, tensor.address, stride * 4, rows, column, columns);
        guarded.assertIntact();
        const expected = new Float32Array(panels * toPanel);
        for (let r = 0; r < rows; r++) {
          for (let c = column; c < Math.min(columns, column + PANEL); c++) {
            expected[(r >> 3) * toPanel + (c - column) * PANEL + (r & 7)] = r * columns + c + 1;
          }
        }
        expect(other.floats, `${rows} x ${columns} from ${column}`).toEqual(expected);
      }
    });
  });
});
