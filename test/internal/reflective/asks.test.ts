import { assert, describe, it } from "@effect/vitest"
import * as Exit from "effect/Exit"
import type { ObservedCall } from "../../../services/Optimizer.js"
import * as HyperSystem from "../../../src/HyperSystem.js"
import { tasksOf } from "../../../src/internal/reflective/asks.js"
import * as PromptSearch from "../../../src/PromptSearch.js"
import { labeller } from "../../utils/prompting.js"
import { fieldsOf, observation } from "../../utils/reflective.js"

const [route, write] = [labeller("Route it.", "route"), labeller("Write it.", "write")]

const system = HyperSystem.make("two", {
  run: (word: string) => route(word),
  hyperfunctions: [route, write]
})

const texts = fieldsOf(system).filter(({ field }) => field._tag === "Text")

const stateOf = (proposals: number) =>
  PromptSearch.init({
    seed: 1,
    proposals,
    items: [],
    start: {},
    arms: texts.map(({ path }) => ({ path, kind: "reflect" as const }))
  })

const call = (hyperfunction: string, value: unknown): ObservedCall => ({
  hyperfunction,
  args: ["in"],
  exit: Exit.succeed(value)
})

const expected = { route: "sales", letter: "a" }

const failure = (example: number, routed: string, letter: string, feedback = "wrong") =>
  observation(example, 0, {
    expected,
    feedback,
    calls: [call("route", { route: routed }), call("write", { letter })]
  })

const shownTo = (step: string, tasks: ReturnType<typeof tasksOf<never>>) =>
  tasks.filter(({ ask }) => ask.path.startsWith(step)).flatMap(({ shown }) => shown.map(({ example }) => example))

describe("tasksOf", () => {
  it("shows a step no failure that it gave what was expected in, if another did not", () => {
    const failures = Array.from({ length: 20 }, (_, k) =>
      k < 10 ? failure(k, "legal", "a") : failure(k, "sales", "b")
    )
    const tasks = tasksOf(stateOf(2), 0, failures, texts, { batch: 8, falseAccept: 0.2 })
    assert.isTrue(shownTo("route", tasks).length > 0 && shownTo("route", tasks).every((item) => item < 10))
    assert.isTrue(shownTo("write", tasks).length > 0 && shownTo("write", tasks).every((item) => item >= 10))
  })

  it("shows those first that no other step may have caused", () => {
    const failures = Array.from({ length: 12 }, (_, k) => failure(k, "legal", k < 6 ? "a" : "b"))
    const shown = shownTo("route", tasksOf(stateOf(2), 0, failures, texts, { batch: 6, falseAccept: 0.2 }))
    assert.sameMembers(shown, [0, 1, 2, 3, 4, 5])
  })

  it("shows every step a failure that none of them explains", () => {
    const failures = Array.from({ length: 12 }, (_, k) => failure(k, "sales", "a"))
    const tasks = tasksOf(stateOf(2), 0, failures, texts, { batch: 6, falseAccept: 0.2 })
    assert.strictEqual(shownTo("route", tasks).length, 6)
    assert.strictEqual(shownTo("write", tasks).length, 6)
  })

  it("shows one failure of each complaint before a second of any, the commonest first", () => {
    const complaints = ["a", "a", "a", "a", "b", "b", "b", "c", "c", "d"]
    const failures = complaints.map((feedback, k) => failure(k, "legal", "a", feedback))
    const [task] = tasksOf(stateOf(1), 0, failures, texts, { batch: 3, falseAccept: 0.2 })
    assert.deepStrictEqual(
      task.shown.map(({ example }) => complaints[example]),
      ["a", "b", "c"]
    )
  })

  it("asks for no text where the failures that are left over could not tell whether it helps", () => {
    const failures = [0, 1, 2].map((k) => failure(k, "legal", "b"))
    assert.deepStrictEqual(tasksOf(stateOf(2), 0, failures, texts, { batch: 3, falseAccept: 0.2 }), [])
    assert.isNotEmpty(tasksOf(stateOf(2), 0, failures, texts, { batch: 3, falseAccept: 0.5 }))
  })
})
