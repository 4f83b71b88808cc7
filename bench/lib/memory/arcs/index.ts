import type { Arc } from "../script.js"
import { animals } from "./animals.js"
import { family } from "./family.js"
import { health } from "./health.js"
import { hobbies } from "./hobbies.js"
import { home } from "./home.js"
import { plans } from "./plans.js"
import { purchases } from "./purchases.js"
import { travel } from "./travel.js"
import { work } from "./work.js"

/** What people may come to talk about. */
export const arcs: ReadonlyArray<Arc> = [
  ...family,
  ...work,
  ...health,
  ...travel,
  ...hobbies,
  ...purchases,
  ...animals,
  ...plans,
  ...home
]
