/**
 * What a recording comes to, hyperfunction by hyperfunction.
 *
 * @since 0.1.0
 */
import type { CallRecord, Recording } from "../services/Tracer.js"

/**
 * Of times, in milliseconds. Percentiles are interpolated linearly between the two nearest of the sorted times: the p-th
 * is at position `(n − 1) p / 100`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Times {
  readonly total: number
  readonly min: number
  readonly mean: number
  readonly max: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/**
 * What models used. What no answer told is absent, and `unknown` counts the calls of models that told no tokens, or no
 * cost.
 *
 * @since 0.1.0
 * @category models
 */
export interface Spending {
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly cachedTokens?: number
  readonly reasoningTokens?: number
  /** In US dollars. */
  readonly cost?: number
  readonly unknown: { readonly tokens: number; readonly cost: number }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface FunctionSummary extends Spending {
  /** The hyperfunction; for calls outside of any, what they are called. */
  readonly name: string
  readonly calls: number
  readonly errors: number
  /** In [0, 1]. */
  readonly errorRate: number
  /** Calls of models in it. */
  readonly modelCalls: number
  readonly elapsed: Times
}

/**
 * `calls` and `errors` are of the rows of `functions`: a model that a hyperfunction calls is not counted again.
 *
 * @since 0.1.0
 * @category models
 */
export interface TraceSummary extends Spending {
  readonly session?: string
  /** In milliseconds since 1970. */
  readonly started: number
  readonly ended?: number
  readonly calls: number
  readonly errors: number
  readonly errorRate: number
  readonly modelCalls: number
  /** Records that were forgotten, and are not in these numbers. */
  readonly dropped: number
  /** By name. */
  readonly functions: ReadonlyArray<FunctionSummary>
}

/**
 * The p-th percentile, `p` in [0, 100], by linear interpolation. That of nothing is 0.
 *
 * @since 0.1.0
 * @category statistics
 */
export const percentile = (values: ReadonlyArray<number>, p: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  if (sorted.length === 0) return 0
  const position = ((sorted.length - 1) * p) / 100
  const below = Math.floor(position)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (position - below)
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (recording: Recording): TraceSummary => {
  const groups = new Map<string, Array<CallRecord>>()
  for (const call of recording.calls) {
    const name = call.hyperfunction ?? call.name
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [call])
    else group.push(call)
  }
  const functions = [...groups]
    .map(([name, calls]) => summarize(name, calls))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const calls = sum(functions.map(({ calls }) => calls))
  const errors = sum(functions.map(({ errors }) => errors))
  return {
    ...(recording.session === undefined ? {} : { session: recording.session }),
    started: recording.started,
    ...(recording.ended === undefined ? {} : { ended: recording.ended }),
    calls,
    errors,
    errorRate: rate(errors, calls),
    modelCalls: sum(functions.map(({ modelCalls }) => modelCalls)),
    dropped: recording.dropped,
    ...spendingOf(recording.calls),
    functions
  }
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const toJson = (self: TraceSummary): string => JSON.stringify(self, undefined, 2)

/**
 * A heading, the totals and a table; times in seconds. Names stand in their cells whatever is in them.
 *
 * @since 0.1.0
 * @category encoding
 */
export const toMarkdown = (self: TraceSummary): string => {
  const row = (cells: ReadonlyArray<string>): string => `| ${cells.map(cell).join(" | ")} |`
  const totals: ReadonlyArray<readonly [string, string | undefined]> = [
    ["Calls", String(self.calls)],
    ["Errors", `${self.errors} (${percent(self.errorRate)})`],
    ["Calls of models", String(self.modelCalls)],
    ["Tokens", self.inputTokens === undefined ? undefined : `${self.inputTokens} in, ${self.outputTokens ?? 0} out`],
    ["Cost", self.cost === undefined ? undefined : dollars(self.cost)],
    ["Not recorded", self.dropped === 0 ? undefined : String(self.dropped)]
  ]
  const header = [
    "Function",
    "Calls",
    "Errors",
    "Error rate",
    "Mean",
    "P50",
    "P95",
    "P99",
    "Tokens in",
    "Tokens out",
    "Cost"
  ]
  return [
    `# Trace summary: ${cell(self.session ?? "all")}`,
    "",
    ...totals.flatMap(([name, value]) => (value === undefined ? [] : [`- **${name}:** ${value}`])),
    "",
    row(header),
    `|${header.map((_, k) => (k === 0 ? "---" : "---:")).join("|")}|`,
    ...self.functions.map(({ calls, cost, elapsed, errorRate, errors, inputTokens, name, outputTokens }) =>
      row([
        name,
        String(calls),
        String(errors),
        percent(errorRate),
        ...[elapsed.mean, elapsed.p50, elapsed.p95, elapsed.p99].map((millis) => (millis / 1000).toFixed(3)),
        inputTokens === undefined ? "" : String(inputTokens),
        outputTokens === undefined ? "" : String(outputTokens),
        cost === undefined ? "" : dollars(cost)
      ])
    ),
    ""
  ].join("\n")
}

const summarize = (name: string, records: ReadonlyArray<CallRecord>): FunctionSummary => {
  const own = records.filter(
    ({ hyperfunction, operation }) => hyperfunction === undefined || operation === "hyperfunction"
  )
  const times = own.map(({ elapsed }) => elapsed)
  const errors = own.filter(({ success }) => !success).length
  const total = sum(times)
  return {
    name,
    calls: own.length,
    errors,
    errorRate: rate(errors, own.length),
    modelCalls: records.filter(isModelCall).length,
    elapsed: {
      total,
      min: percentile(times, 0),
      mean: rate(total, times.length),
      max: percentile(times, 100),
      p50: percentile(times, 50),
      p95: percentile(times, 95),
      p99: percentile(times, 99)
    },
    ...spendingOf(records)
  }
}

const isModelCall = ({ operation }: CallRecord): boolean => operation === "chat"

const spendingOf = (records: ReadonlyArray<CallRecord>): Spending => {
  const asked = records.filter(isModelCall).filter(({ success }) => success)
  const known = (key: "inputTokens" | "outputTokens" | "cachedTokens" | "reasoningTokens" | "cost") => {
    const values = records.flatMap((record) => record[key] ?? [])
    return values.length === 0 ? {} : { [key]: sum(values) }
  }
  return {
    ...known("inputTokens"),
    ...known("outputTokens"),
    ...known("cachedTokens"),
    ...known("reasoningTokens"),
    ...known("cost"),
    unknown: {
      tokens: asked.filter(({ cost, inputTokens }) => inputTokens === undefined && cost !== 0).length,
      cost: asked.filter(({ cost }) => cost === undefined).length
    }
  }
}

const sum = (values: ReadonlyArray<number>): number => values.reduce((total, value) => total + value, 0)

const rate = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`

const dollars = (usd: number): string => `$${usd.toFixed(usd !== 0 && usd < 0.01 ? 6 : 4)}`

const cell = (text: string): string =>
  text
    .replace(/[\\|`*_[\]]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/\s+/g, " ")
