/**
 * The kernels of `src/internal/Kernels.ts` for WebAssembly with 128-bit SIMD. Fused multiply-add is never used, so a
 * result is the same on every machine, and the same as that of `src/internal/kernelsJs.ts`.
 */

export { addScaled, binary, binaryRows, unary } from "./elementwise"
export { contract, gemm } from "./gemm"
export { fromLanes, reduce, softmax, toLanes } from "./axis"
