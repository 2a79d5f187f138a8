// AssemblyScript: the core's kernels as exports of their own, so that a test can call each alone.
// Compiled beside assembly/index.ts by test/support/build-kernels.ts.

export { addKept, copyKept } from "../../assembly/kernels/dropout";
export { gemm } from "../../assembly/kernels/gemm";
export {
  gruBackward,
  gruCandidate,
  gruCandidateBackward,
  gruForward,
  gruReset,
  gruResetBackward,
} from "../../assembly/kernels/gru";
export { activate, itemLoss } from "../../assembly/kernels/loss";
export { lstmBackward, lstmForward } from "../../assembly/kernels/lstm";
export { lstmBackwardExtended, lstmForwardExtended, peepholeGradient } from "../../assembly/kernels/lstm-extended";
export { optimize, squaredNorm } from "../../assembly/kernels/optimizer";
export { packPanel, packTransposed, unpackPanel } from "../../assembly/kernels/pack";
export { sigmoids, tanhs } from "../../assembly/kernels/pointwise";
export { add, clear, copy, partStart } from "../../assembly/kernels/range";
export { rnnBackward, rnnForward } from "../../assembly/kernels/rnn";
export { cos64, exp64, log64, random64, uniform } from "../../assembly/scalar64";
