// The benchmark's command line.

import { parseArgs } from "node:util";
import { SECTIONS, type Section } from "./results.ts";

export interface BenchOptions {
  quick: boolean;
  check: boolean;
  turbo: boolean;
  sections: readonly Section[];
  node?: string;
  out: string;
  peers?: string;
  help: boolean;
}

export const HELP = `Measures wasm-lstm on this machine, checks the results, and writes them to bench/results.

  --quick        fewer rounds and sizes: under three minutes
  --check        exit code 1 and a list when a promise is missed; turbo, and Node 24 unless --node says otherwise
  --turbo        also with V8's experimental merging of 128-bit operations into 256 bits
  --only LIST    some sections: ${SECTIONS.join(", ")}
  --node NODE    measure in this Node: a path, or a version to take from npm's package "node"
  --out DIR      where to write (default bench/results)
  --peers DIR    folder of the peers (default bench/peers of the package)
`;

/** Throws a TypeError or RangeError when something is not as in HELP. */
export function parseOptions(argv: string[]): BenchOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      quick: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      turbo: { type: "boolean", default: false },
      only: { type: "string" },
      node: { type: "string" },
      out: { type: "string", default: "bench/results" },
      peers: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { only, node, check, ...rest } = values;
  const sections = only?.split(",").map((name) => {
    if (!SECTIONS.includes(name as Section)) {
      throw new RangeError(`--only takes ${SECTIONS.join(", ")}, got ${name}`);
    }
    return name as Section;
  });
  const ownIs24 = process.versions.node.startsWith("24.");
  return {
    ...rest,
    check,
    turbo: rest.turbo || check,
    sections: sections ?? SECTIONS,
    node: node ?? (check && !ownIs24 ? "24" : undefined),
  };
}
