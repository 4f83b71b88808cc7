import { createHash } from "node:crypto"
import type { Request } from "../../services/LLM.js"
import { requestKey } from "../../src/internal/requestKey.js"

/**
 * A name for all requests that are equal to this one.
 *
 * @internal
 */
export const hashOf = (request: Request): string => createHash("sha256").update(requestKey(request)).digest("hex")
