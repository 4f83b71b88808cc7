import type { Family } from "./family.js"
import { format } from "./format.js"
import { judged } from "./judged.js"
import { pipeline } from "./pipeline.js"
import { rules } from "./rules.js"

/** Written before the optimizer was tuned on anything, and not changed since. */
export const families: ReadonlyArray<Family> = [rules, pipeline, format, judged]
