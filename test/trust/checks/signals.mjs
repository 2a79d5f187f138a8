import { faultCheck } from "../faults.mjs";

export default faultCheck({
  name: "signals",
  promise: "SIGINT and SIGTERM end a training cleanly at any time",
  files: ["test/cli/signals.test"],
  fault: "signal",
  faults: "signals",
  times: { full: 100, short: 6, variable: "WASM_LSTM_TRIALS" },
  told: "in the first 1.5 s of a process, on 1 to 3 threads: the last update in checkpoint and log, no remains",
});
