/** A line of a script: who speaks, what, and the label by which questions name it. */
export interface Line {
  readonly who: "A" | "B"
  readonly text: string
  readonly label?: string
}

/** What is talked about on one occasion. */
export type Part = ReadonlyArray<Line>

/** A question with `{slots}`, and the labels of the lines that answer it. */
interface Asked {
  readonly text: string
  readonly evidence: ReadonlyArray<string>
}

/** Words that a slot may stand for. */
export type Slots = Readonly<Record<string, ReadonlyArray<string>>>

/** A story that A tells B, on one occasion or bit by bit on several ones. */
export interface Arc {
  readonly name: string
  readonly slots: Slots
  readonly parts: ReadonlyArray<Part>
  readonly questions: ReadonlyArray<Asked>
}

const lineOf = (row: string): Line => {
  const [, who, label, text] = /^([AB])(\d?) +(.*)$/.exec(row) ?? []
  if (text === undefined) throw new Error(`"${row}" is no line of a script`)
  return { who: who as Line["who"], text, ...(label === "" ? {} : { label }) }
}

const askedOf = (row: string): Asked => {
  const [, text, labels] = /^\? (.*) <- ([\d ]+)$/.exec(row) ?? []
  if (text === undefined) throw new Error(`"${row}" is no question of a script`)
  return { text, evidence: labels.split(" ") }
}

const rowsOf = (script: string): ReadonlyArray<string> => script.trim().split("\n")

/** Lines alone: what nobody will ask about. */
export const part = (script: string): Part => rowsOf(script).map(lineOf)

/**
 * Reads a script. `A1 text` is said by A and has the label 1, `---` ends an occasion, `? text <- 1 2` is a question that
 * the lines 1 and 2 answer. `[one|other]` is said in one of these ways, `{slot}` is filled.
 */
export const arc = (name: string, slots: Slots, script: string): Arc => {
  const rows = rowsOf(script)
  const isQuestion = (row: string): boolean => row.startsWith("?")
  const told = rows.filter((row) => !isQuestion(row)).join("\n")
  return {
    name,
    slots,
    parts: told.split("\n---\n").map(part),
    questions: rows.filter(isQuestion).map(askedOf)
  }
}
