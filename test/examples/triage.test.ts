import { readFile } from "node:fs/promises"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { review } from "../../examples/lib/playbook.js"
import { simulatedDesk } from "../../examples/lib/simulatedDesk.js"
import { tickets } from "../../examples/lib/tickets.js"
import { triage } from "../../examples/triage.js"
import * as RunLogFile from "../../layers/RunLogFile.js"
import { LLMError } from "../../services/LLM.js"
import { exampleProcess, runExample } from "../utils/example.js"

describe("the tickets", () => {
  it("are never both learnt from and held out", () => {
    const { test, train } = tickets(3, 120)
    const texts = [...train, ...test].map(({ input }) => input.ticket)
    assert.deepStrictEqual([train.length, test.length], [60, 60])
    assert.strictEqual(new Set(texts).size, 120)
  })

  it("are the same for the same seed and others for another", () => {
    assert.deepStrictEqual(tickets(1, 120), tickets(1, 120))
    assert.notDeepEqual(tickets(1, 120), tickets(2, 120))
  })
})

describe("the review", () => {
  const ticket = "Hello,\n\nThe kettle arrived cracked. It is order nw48213. Thank you.\n\nBest wishes,\nAnna Keller"
  const expected = { department: "delivery", order: "NW-48213", urgency: "normal", firstName: "Anna" } as const
  const reply = "Hello Anna,\nabout order NW-48213: delivery answers within 2 working days.\nNorthwind Care"

  it.effect("gives all marks to what follows the rules, and says nothing", () =>
    Effect.gen(function* () {
      const { feedback, score } = yield* review.grade({ ...expected, reply }, expected, { ticket })
      assert.strictEqual(score, 1)
      assert.strictEqual(feedback, "")
    })
  )

  it.effect("names the rules that were broken, and no others", () =>
    Effect.gen(function* () {
      const output = { ...expected, department: "returns", reply: reply.replace("Anna", "there") } as const
      const { feedback, score } = yield* review.grade(output, expected, { ticket })
      assert.closeTo(score, 1 - 0.3 - 0.3 / 4, 1e-12)
      assert.match(feedback, /^Goods that arrive broken go to delivery.*first name\.$/)
    })
  )
})

describe("the simulated desk", () => {
  const ask = (system: string) =>
    simulatedDesk({
      model: "simulated/small",
      settings: { temperature: 0 },
      messages: [
        { role: "system", content: `${system}\n\ndepartment: <one of billing, returns>` },
        { role: "user", content: "ticket: I sent it back and the refund has not reached my bank." }
      ]
    })

  it("knows a rule of the house when its prompt has it, and goes by what is usual otherwise", () => {
    assert.strictEqual(ask("Choose the department."), "department: billing")
    const rule = "Refunds that have not arrived go to returns, where they are paid out."
    assert.strictEqual(ask(`Choose the department.\n- ${rule}`), "department: returns")
  })
})

describe("triage", () => {
  for (const seed of [1, 3]) {
    it.live(
      `handles tickets better that it never saw, within its budget, with seed ${seed}`,
      () =>
        Effect.gen(function* () {
          const { lines, measured } = yield* runExample(triage, { seed })
          const { after, before, calls, cost, seconds, unanswered } = measured
          assert.isAbove(after, before + 0.2)
          assert.isAtMost(after, 1)
          assert.strictEqual(unanswered, 0)
          assert.isAbove(calls, 0)
          assert.isAbove(cost, 0)
          assert.isBelow(cost, 1)
          assert.isAbove(seconds, 0)
          const costs = measured.costs as unknown as { readonly task: number; readonly reflection: number }
          assert.closeTo(costs.task + costs.reflection, cost, 1e-9)
          assert.isAbove(costs.reflection, 0)

          const at = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line))
          assert.strictEqual(at(/^dry run: 180 calls for 60 tickets/), 1)
          assert.isAbove(at(/^round 0\//), 1)
          assert.isAbove(at(/^ {2}✓ .*: better: won/), at(/^round 0\//))
          assert.isAbove(at(/^ {2}✗ .*: /), at(/^round 0\//))
          for (const step of ["route", "extract", "write"]) assert.isAbove(at(new RegExp(`^# ${step}$`)), at(/✓/))

          assert.isAbove(at(/^watch it .*: npx hyperfunc watch out\/triage\/run\.jsonl$/), -1)
          const run = yield* Effect.provide(RunLogFile.load("out/triage/run.jsonl"), NodeFileSystem.layer)
          assert.deepStrictEqual(
            run.ablations.map(({ block }) => block),
            ["route", "extract", "write"]
          )
          assert.deepInclude(run.tested, { before, after })
          assert.strictEqual(run.traced?.nodes.length, 3)
          assert.isAbove(run.calls.length, 0)
          const page = yield* Effect.promise(() => readFile("out/triage/report.html", "utf8"))
          for (const section of ["What each block is worth", "Cost by role", "One run, call by call"]) {
            assert.include(page, section)
          }
        }),
      120_000
    )
  }

  it.live(
    "gives the same result again for the same seed",
    () =>
      Effect.gen(function* () {
        const [first, second] = yield* Effect.all([runExample(triage, { seed: 4 }), runExample(triage, { seed: 4 })])
        const { seconds: _first, ...one } = first.measured
        const { seconds: _second, ...other } = second.measured
        assert.deepStrictEqual(one, other)
      }),
    120_000
  )

  it.live("fails with a typed error when there is no such provider", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.asVoid(runExample(triage, { seed: 1, model: "nowhere/model" })))
      assert.instanceOf(error, LLMError)
      assert.strictEqual((error as LLMError).reason, "Misconfigured")
      assert.match((error as LLMError).message, /there is no provider nowhere.*use one of openai/)
    })
  )

  it.live(
    "tells on the command line what is wrong without a key, and what to do",
    () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* exampleProcess("triage", "--json", "--model", "openai/gpt-4o-mini")
        assert.strictEqual(code, 1)
        assert.strictEqual(stdout, "")
        assert.match(stderr, /^openai\/gpt-4o-mini: OPENAI_API_KEY is not set\. Set OPENAI_API_KEY/m)
        assert.notMatch(stderr, /\bat .*\.ts:\d+/)
      }),
    120_000
  )
})
