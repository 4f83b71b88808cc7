/**
 * Of this library, as `package.json` has it.
 *
 * @internal
 */
export const version = "0.1.0"
