import { MemoryError } from "../../../services/Memory.js"

/** @internal */
export const missing = new MemoryError({
  reason: "NotFound",
  detail: "the tenant has no entry of this id",
  cure: "Take the id from an entry of the same tenant"
})

/** @internal */
export const closed = new MemoryError({
  reason: "Closed",
  detail: "the memory has been closed",
  cure: "Use it inside the scope that made it"
})
