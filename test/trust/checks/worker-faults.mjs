import { faultCheck } from "../faults.mjs";

export default faultCheck({
  name: "worker-faults",
  promise:
    "A worker that traps, dies or hangs in any phase of an update is an error within 30 s; half-made weights are not given away",
  files: ["test/threads/faults.test"],
  sample: "in phase (1|4|8|13)$",
  fault: "failed worker",
  faults: "workers that fail",
  told: "in each phase of two and a half updates; from the last checkpoint on, the weights of an undisturbed training",
});
