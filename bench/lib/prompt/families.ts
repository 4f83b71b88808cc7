import type { Family } from "./family.js"
import { rules } from "./rules.js"

export const families: ReadonlyArray<Family> = [rules]
