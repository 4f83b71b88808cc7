import { rulesIn, sentence } from "./knowledge.js"
import { chance, pick } from "./random.js"

/**
 * What a simulated model makes of a request for a better instruction.
 *
 * - `attention`: how many rules it can hold; of more, each is less likely to reach its answer
 * - `keeps`: how likely a rule that it can hold reaches its answer
 * - `invents`: how likely the answer has a rule that nobody stated
 * - `drops`: how likely a placeholder is lost from the answer
 * - `confuses`: how likely a rule about another step's labels passes for one about this step
 */
export interface Reflector {
  readonly attention: number
  readonly keeps: number
  readonly invents: number
  readonly drops: number
  readonly confuses: number
}

/**
 * Reads the whole request for rules and placeholders and writes an instruction of those that it retains.
 */
export const reflect = (
  reflector: Reflector,
  task: { readonly instruction: string; readonly labels: ReadonlyArray<string>; readonly key: string },
  request: string
): string => {
  const key = `${task.key}/reflect/${request}`
  const rules = [...rulesIn(request)]
  const retained = reflector.keeps * Math.min(1, reflector.attention / Math.max(1, rules.length))
  const kept = rules.filter(([word, label]) => {
    const fits = task.labels.includes(label) ? 1 : reflector.confuses
    return chance(`${key}/keep/${word}`) < retained * fits
  })
  const words = [...request.matchAll(/\b(\w+)\b(?=[^\n]*")/g)].map(([, word]) => word)
  const invented: ReadonlyArray<readonly [string, string]> =
    words.length > 0 && chance(`${key}/invent`) < reflector.invents
      ? [[pick(words, `${key}/word`), pick(task.labels, `${key}/label`)]]
      : []
  const first = task.instruction.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    chance(`${key}/drop/${name}`) < reflector.drops ? name : placeholder
  )
  return [first, ...[...kept, ...invented].map(([word, label]) => `- ${sentence({ word, label })}`)].join("\n")
}
