/**
 * How the kernels see memory: floats from address zero on. Nothing else lies there.
 */

/** The byte address of a float. */
@inline
export function at(float: i32): usize {
  return <usize>float << 2
}

/** Four neighbouring floats, or one float four times: the tail of a row goes through the same code as its body. */
@inline
export function read(wide: bool, address: usize): v128 {
  if (wide) return v128.load(address)
  return v128.load32_splat(address)
}

/** Writes what {@link read} began. */
@inline
export function write(wide: bool, address: usize, value: v128): void {
  if (wide) v128.store(address, value)
  else v128.store_lane<f32>(address, value, 0)
}
