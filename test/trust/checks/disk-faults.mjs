import { faultCheck } from "../faults.mjs";

export default faultCheck({
  name: "disk-faults",
  promise:
    "When the n-th open, write, sync, close or rename fails (ENOSPC, EIO, EACCES), checkpoint, weights and log stay whole, and the run says so",
  files: ["test/files.test", "test/json-lines.test", "test/cli/checkpoints.test", "test/cli/stops.test"],
  named: "disk|write that fails|fills up|do not fit",
  sample: "at any|ENOSPC at renameSync|at writeSync number|fills up",
  fault: "failed call",
  faults: "writes that fail",
  told: "besides disks that are full: the old file or the new one, whole, each time, and trainings gone on with",
});
