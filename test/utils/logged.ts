import type { CallRecord } from "../../services/Tracer.js"
import type * as LoggedRun from "../../src/LoggedRun.js"
import type * as Event from "../../src/RunEvent.js"

/** What a page must show as it stands and must not run. */
export const HOSTILE = `<script>alert("x")</script>`

export const started: Event.Started = {
  _tag: "Started",
  format: "hyperfunc/run-log",
  version: 1,
  library: "0.1.0",
  system: "desk",
  at: 1_700_000_000_000,
  examples: 20,
  score: 0.25,
  values: { "route.instruction": "Choose.", "route.temperature": 0.7 }
}

export const generation = (k: number, extra: Partial<Event.Generation> = {}): Event.Generation => ({
  _tag: "Generation",
  generation: k,
  generations: 4,
  evaluations: k + 1,
  runs: 20 * (k + 1),
  ...(k === 0 ? {} : { reward: { mean: 0.3, min: 0.1, max: 0.5, deviation: 0.1 } }),
  failures: 0,
  score: 0.25 + 0.1 * k,
  best: { generation: k, score: 0.25 + 0.1 * k },
  elapsed: 1000 * k,
  ...extra
})

const proposal = (outcome: Event.Proposed["outcome"], extra: Partial<Event.Proposed> = {}): Event.Proposed => ({
  changed: ["route.instruction"],
  before: "Choose the department.",
  after: "Choose the right department.",
  outcome,
  reason: outcome === "accepted" ? "better: won 2, lost 1" : "not better",
  won: [1, 2],
  lost: [3],
  ...extra
})

const spending = (usd: number): Event.Spend => ({ calls: 10, tokens: 1000, usd, unknown: { tokens: 0, usd: 0 } })

export const call = (id: string, extra: Partial<CallRecord> = {}): CallRecord => ({
  operation: "hyperfunction",
  name: "route",
  id,
  trace: "t",
  start: 100,
  elapsed: 20,
  success: true,
  ...extra
})

export const ended: Event.Ended = {
  _tag: "Ended",
  at: 1_700_000_004_000,
  before: 0.25,
  after: 0.65,
  stopped: "plateau"
}

export const failed: Event.Failed = { _tag: "Failed", at: 1, error: { type: "LLMError", message: HOSTILE } }

export const ablated: Event.Ablated = {
  _tag: "Ablated",
  block: "route",
  how: "default",
  with: 0.65,
  without: 0.4,
  difference: { mean: 0.25, lower: 0.1, upper: 0.4, confidence: 0.95, pairs: 20 }
}

export const traced: Event.Traced = {
  _tag: "Traced",
  nodes: ["route", "write"].map((name, k) => ({
    name,
    kind: "effect" as const,
    span: { start: 10 * k, end: 10 * k + 8 },
    inputs: [],
    outputs: [],
    failed: false
  })),
  edges: [{ from: 0, to: 1, dependency: "identity" }]
}

/** A log with every kind of event. */
export const events: ReadonlyArray<Event.RunEvent> = [
  started,
  generation(0),
  generation(1, {
    best: { generation: 1, score: 0.35, values: { "route.instruction": "Choose well." } },
    proposals: [proposal("accepted"), proposal("rejected", { won: [], lost: [4] })],
    spend: { task: spending(0.02), reflection: spending(0.01) }
  }),
  generation(2, { spend: { task: spending(0.03), reflection: spending(0.015) }, stopped: "plateau" }),
  {
    _tag: "Calls",
    calls: [
      call("a"),
      call("b", { parent: "a", operation: "chat", name: "chat small", elapsed: 15, inputTokens: 12, outputTokens: 3 }),
      call("c", { name: "write", start: 130, success: false, error: { type: "Boom", message: HOSTILE } })
    ],
    dropped: 7
  },
  ended,
  { _tag: "Tested", before: 0.2, after: 0.6, examples: 10 },
  ablated,
  traced
]

/** Everything that can be shown, and nothing of it harmless. */
export const hostile: LoggedRun.LoggedRun = {
  started: { ...started, system: HOSTILE, values: { [HOSTILE]: HOSTILE, "route.temperature": 0.7 } },
  generations: [
    generation(0),
    generation(1, {
      best: { generation: 1, score: 0.3, values: { "route.temperature": 0.3 } },
      proposals: [
        proposal("accepted", { changed: [HOSTILE], before: "x", after: HOSTILE, reason: HOSTILE }),
        proposal("rejected", { changed: [HOSTILE], before: HOSTILE, after: "y", reason: HOSTILE })
      ],
      spend: { task: spending(1) },
      stopped: HOSTILE
    })
  ],
  over: failed,
  ablations: [{ ...ablated, block: HOSTILE }],
  calls: [
    call("a", { name: HOSTILE }),
    call("b", { name: HOSTILE, success: false, error: { type: HOSTILE, message: HOSTILE } })
  ],
  dropped: 0,
  traced: { ...traced, nodes: traced.nodes.map((node) => ({ ...node, name: HOSTILE })) }
}

/** A run of so many generations, with as many proposals and several times as many calls. */
export const large = (generations: number, calls: number): LoggedRun.LoggedRun => ({
  started: { ...started, examples: 2000 },
  generations: Array.from({ length: generations }, (_, k) =>
    generation(k, {
      generations,
      score: Math.sin(k / 50),
      best: { generation: k, score: 1 - 1 / (k + 1) },
      proposals: [proposal(k % 2 === 0 ? "accepted" : "rejected", { after: "word ".repeat(500) })]
    })
  ),
  over: ended,
  ablations: Array.from({ length: 100 }, (_, k) => ({ ...ablated, block: `block-${k}` })),
  calls: Array.from({ length: calls }, (_, k) => call(String(k), { success: k % 3 !== 0, start: k })),
  dropped: 0
})
