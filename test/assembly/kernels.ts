// AssemblyScript: the core's kernels as exports of their own, so that a test can call each alone.
// Compiled beside assembly/index.ts by test/support/build-kernels.ts.

export { cellBackward, cellForward } from "../../assembly/kernels/cell";
export { gemm } from "../../assembly/kernels/gemm";
export { crossEntropy, softmax } from "../../assembly/kernels/loss";
export { optimize, squaredNorm } from "../../assembly/kernels/optimizer";
export { packPanel, packTransposed, unpackPanel } from "../../assembly/kernels/pack";
export { clear, copy, partStart } from "../../assembly/kernels/range";
export { cos64, exp64, log64, random64, uniform } from "../../assembly/scalar64";
