// Files of data, and the containers that models lie in as well.

import { parseIdx } from "../../src/data/idx.ts";
import { sequencesFromCsv } from "../../src/formats/csv-sequences.ts";
import { decodeNpy, encodeNpy } from "../../src/formats/npy.ts";
import { decodeNpz, encodeNpz } from "../../src/formats/npz.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/formats/safetensors.ts";
import { sequencesFromTs } from "../../src/formats/ts.ts";
import { FILE, type Fuzzed, fuzz } from "./fuzz.ts";
import { joined, type Mutator } from "./mutator.ts";

const floats = { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e30, -0) };
const tensors = new Map([
  ["a", floats],
  ["b", { shape: [], data: Float32Array.of(7) }],
  ["c", { shape: [0, 4], data: new Float32Array(0) }],
]);

const STEPS = `sequence,label,time,x,y
a,yes,0,1,2.5
a,yes,1,-3e2,.5
"b ""c""",no,0,1,2
`;
const SEQUENCES = `label;x1;x2;x3
yes;1;2;3
no;-1;0.5;1e-3
`;
const TS = `# a comment
@problemName Small
@timeStamps false
@univariate false
@dimensions 2
@equalLength true
@seriesLength 3
@classLabel true yes no
@data
1,2,3:4,5,6:yes
-1,0.5,?:1,2,3:no
`;
const TOKENS = [
  ...'0123456789.,;:"\n\r\t -+eE@?#',
  "NaN",
  "1e999",
  "\r\n",
  "@data",
  "label",
  "true",
  "\ufeff",
  '""',
  "0x1",
];

const decoder = new TextDecoder();
const encoder = new TextEncoder();

fuzz([
  binary("safetensors", "tensors", [encodeSafetensors(tensors, { key: "value" })], (bytes) => {
    for (const { shape, data } of decodeSafetensors(bytes, FILE).tensors.values()) checkSize(shape, data);
  }),
  binary(".npy", "arrays", npyFiles(), (bytes) => {
    const { shape, data } = decodeNpy(bytes, FILE);
    checkSize(shape, data);
  }),
  binary(".npz", "archives", [encodeNpz(tensors), deflated()], async (bytes) => {
    for (const { shape, data } of (await decodeNpz(bytes, FILE)).values()) checkSize(shape, data);
  }),
  binary(
    "IDX",
    "bytes",
    [Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6)],
    (bytes) => {
      const { shape, data } = parseIdx(bytes, FILE);
      checkSize(shape, data);
    },
  ),
  text("CSV", "a row per step", STEPS, (csv) =>
    sequencesFromCsv(csv, FILE, { layout: "row-per-step", timeColumn: "time" }),
  ),
  text("CSV", "a row per sequence", SEQUENCES, (csv) =>
    sequencesFromCsv(csv, FILE, { layout: "row-per-sequence" }),
  ),
  text(".ts", "cases", TS, (ts) => sequencesFromTs(ts, FILE, { missing: "zero" })),
]);

function binary(format: string, name: string, files: Uint8Array[], read: Fuzzed["read"]): Fuzzed {
  const make = (mutator: Mutator) => {
    const file = mutator.pick(files);
    return mutator.chance(0.5) ? mutator.inPlace(file) : mutator.bytes(file, files);
  };
  return { format, name, make, read };
}

function text(format: string, name: string, good: string, read: (text: string) => unknown): Fuzzed {
  const make = (mutator: Mutator) => encoder.encode(mutator.text(good, TOKENS));
  return { format, name, make, read: (bytes) => read(decoder.decode(bytes)) };
}

function npyFiles(): Uint8Array[] {
  const types = [floats.data, Float64Array, Int8Array, Uint16Array, Int32Array].map((type) =>
    typeof type === "function" ? type.of(1, 2, 3, 4, 5, 6) : type,
  );
  const files = types.map((data) => encodeNpy({ shape: [2, 3], data }));
  // In the other order of axes and of bytes.
  const other = decoder.decode(files[0].subarray(10)).replace("False", "True ").replace("<f4", ">f4");
  return [
    ...files,
    joined(files[0].subarray(0, 10), encoder.encode(other).subarray(0, 118), files[0].subarray(128)),
  ];
}

/** What numpy.savez_compressed made of z = zeros((5, 15), "<f4") and a = arange(6, dtype="<f8").reshape(2, 3). */
function deflated(): Uint8Array {
  const base64 = [
    "UEsDBC0AAAAIAAAAIQB1IdsI//////////8FABQAei5ucHkBABAArAEAAAAAAABMAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxc",
    "pG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GqY6CoammjoKtQrkAi6GUUA0AABQSwMELQAAAAgAAAAh",
    "APDNO0b//////////wUAFABhLm5weQEAEACwAAAAAAAAAFcAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoa6joJ6W",
    "X1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKxpo6CrUKZAMuBhTwwR7KcIBQHFBaAEqLOAAAUEsBAi0DLQAAAAgAAAAh",
    "AHUh2whMAAAArAEAAAUAAAAAAAAAAAAAAIABAAAAAHoubnB5UEsBAi0DLQAAAAgAAAAhAPDNO0ZXAAAAsAAAAAUAAAAAAAAA",
    "AAAAAIABgwAAAGEubnB5UEsFBgAAAAACAAIAZgAAABEBAAAAAA==",
  ];
  return new Uint8Array(Buffer.from(base64.join(""), "base64"));
}

function checkSize(shape: readonly number[], data: ArrayLike<number>): void {
  if (shape.reduce((a, b) => a * b, 1) !== data.length)
    throw new Error(`${data.length} values of shape [${shape}]`);
}
