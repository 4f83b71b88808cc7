/**
 * The kernels of `src/internal/Kernels.ts` for WebAssembly with 128-bit SIMD. Fused multiply-add is never used, so a
 * result is the same on every machine, and the same as that of `src/internal/kernelsJs.ts`.
 */

export { abs, addScaled, binary, binaryRows, exp, log, neg, relu, sigmoid, sqrt, tanh } from "./elementwise"
export { contract, gemm } from "./gemm"
export { normals } from "./noise"
export { fromLanes, logSoftmax, reduce, softmax, toLanes } from "./axis"
