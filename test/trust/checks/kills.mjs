import { faultCheck } from "../faults.mjs";

export default faultCheck({
  name: "kills",
  promise: "Killed (SIGKILL) at any moment, a training loses at most the updates since its last checkpoint",
  files: ["test/cli/checkpoints.test"],
  named: "random moments",
  fault: "kill",
  faults: "kills",
  times: { full: 200, short: 6, variable: "WASM_LSTM_KILLS" },
  told: "at random moments of a training that writes one every second update: all whole, none lost, the log without a gap",
});
