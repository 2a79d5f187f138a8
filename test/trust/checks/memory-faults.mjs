import { faultCheck } from "../faults.mjs";

export default faultCheck({
  name: "memory-faults",
  promise:
    "When the n-th growth of memory fails, the error says how much was wanted, and all models there go on",
  files: ["test/memory-faults.test"],
  sample: "on 1 threads",
  fault: "failed growth",
  faults: "growths that fail",
  told: "for every kind of model and stream, on 1 and 2 threads: a clear error each, the same bits afterwards",
});
