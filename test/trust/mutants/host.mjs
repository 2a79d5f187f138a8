// node test/trust/mutants/host.mjs [--count N] [--seed S] [--only TEXT]: tries N mutants of the host drawn from seed S, or
// all whose name has the text in it; lists those that no test saw.

import { parseArgs } from "node:util";
import { hostMutants, sampled, tryHostMutants } from "./host-mutants.mjs";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const all = await hostMutants();
const { only, count, seed } = values;
const mutants =
  only === undefined
    ? sampled(all, Number(count), Number(seed))
    : all.filter(({ name }) => name.includes(only));
const results = await tryHostMutants(mutants, {
  each: ({ name }, caught) => console.log(`${name} | ${caught ?? "SURVIVED"}`),
});
const seen = results.filter(([, caught]) => caught !== undefined).length;
console.log(
  `${seen} of ${results.length} mutants of the host were caught, of ${all.length} that there are; seed ${seed}`,
);
