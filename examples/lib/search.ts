import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { BudgetService } from "../../services/Budget.js"
import { LLMError } from "../../services/LLM.js"
import type { GenerationReport, Proposal } from "../../services/Optimizer.js"

export const dollars = (usd: number): string => `$${usd.toFixed(4)}`

/** What an example spent, in calls and US dollars, and on what. */
export const spendingOf = (budget: BudgetService) =>
  Effect.map(Effect.all([budget.spent, budget.ledger]), ([{ calls, usd }, { reflection, task }]) => ({
    calls,
    cost: usd,
    costs: { task: task.usd, reflection: reflection.usd }
  }))

const isOutOfMoney = (error: unknown): boolean => error instanceof LLMError && error.reason === "BudgetExhausted"

/** The last report. Money that runs out ends a search with the best so far; any other failure is one. */
export const last = <E, R>(
  reports: Stream.Stream<GenerationReport, E, R>,
  watch: (report: GenerationReport) => Effect.Effect<void>
): Effect.Effect<Option.Option<GenerationReport>, E, R> =>
  reports.pipe(
    Stream.tap(watch),
    Stream.catchSome((error) => (isOutOfMoney(error) ? Option.some(Stream.empty) : Option.none())),
    Stream.runLast
  )

const mark = { accepted: "✓", rejected: "✗" }

/** What a proposal changed and the gist of why it came to nothing, so that those of one kind make one line. */
const kindOf = ({ changed, outcome, reason }: Proposal): string =>
  `${mark[outcome]} ${changed.join(" + ")}: ${outcome === "accepted" ? reason : reason.replace(/: (won|without).*/, "")}`

/** A line for the round, and one for every kind of change that was tried in it. */
export const lines = (report: GenerationReport, spent: number): ReadonlyArray<string> => {
  const kinds = Object.entries(Array.groupBy(report.proposals ?? [], kindOf))
  const { best, generation, generations, runs } = report
  return [
    `round ${generation}/${generations}: score ${best.score.toFixed(3)}, ${runs} runs, ${dollars(spent)} spent`,
    ...kinds.map(([kind, { length }]) => `  ${kind}${length > 1 ? ` (${length} times)` : ""}`)
  ]
}
