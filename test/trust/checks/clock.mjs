import { faultCheck } from "../faults.mjs";

export default faultCheck({
  name: "clock",
  promise: "A clock that jumps changes no bit and ends no training",
  files: ["test/cli/clock.test"],
  sample: "seed 1|SIGINT",
  fault: "training",
  faults: "clocks that jump",
  told: "on 1 and 2 threads, by a clock that jumps by up to an hour, forward and back, every few readings",
});
