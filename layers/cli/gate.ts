import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as EvalGate from "../../src/EvalGate.js"
import * as ExperimentFile from "../ExperimentFile.js"
import * as WholeFile from "../internal/wholeFile.js"
import * as JUnit from "../JUnit.js"
import { Ended } from "./exit.js"

const refuse = (gate: string, what: { readonly detail: string; readonly cure: string }, cause: unknown) =>
  new EvalGate.GateError({ reason: "Unreadable", gate, ...what, cause })

const gateOf = (file: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const text = yield* Effect.mapError(fs.readFileString(file), (cause) =>
      refuse(file, WholeFile.unreadable(cause), cause)
    )
    const json = yield* Effect.mapError(Schema.decodeUnknown(Schema.parseJson())(text), (cause) =>
      refuse(
        file,
        { detail: "it is not JSON", cure: 'Write { "rules": [{ "rule": "minimum", "score": 0.8 }] }' },
        cause
      )
    )
    return yield* EvalGate.decode(json, file)
  })

const file = (name: string, description: string) =>
  Options.text(name).pipe(Options.withPseudoName("file"), Options.withDescription(description), Options.optional)

const config = {
  gate: Args.text({ name: "gate.json" }).pipe(Args.withDescription("The rules, and where the experiments are.")),
  experiment: file("experiment", "The experiment to check; default the one that the gate names."),
  baseline: file("baseline", "The experiment to compare it with; default the one that the gate names."),
  intersection: Options.boolean("intersection").pipe(
    Options.withDescription("Compare on the examples that both have, when they were run on different ones.")
  ),
  json: Options.boolean("json").pipe(Options.withDescription("Print the verdict as JSON.")),
  junit: file("junit", "Write the verdict as JUnit XML, too.")
}

/**
 * `hyperfunc gate`: 0 if the gate was passed, 1 if not, 2 if that cannot be said.
 *
 * @internal
 */
export const gate = Command.make("gate", config, (given) =>
  Effect.gen(function* () {
    const path = yield* Path.Path
    const { name = path.basename(given.gate), rules, ...named } = yield* gateOf(given.gate)
    const beside = (file: string) => path.resolve(path.dirname(given.gate), file)
    const placeOf = (role: "experiment" | "baseline") =>
      Option.orElse(given[role], () => Option.map(Option.fromNullable(named[role]), beside))
    const experimentFile = yield* Effect.mapError(
      placeOf("experiment"),
      () =>
        new EvalGate.GateError({
          reason: "InvalidGate",
          gate: given.gate,
          detail: "there is no experiment to check",
          cure: 'Pass --experiment FILE, or write "experiment" into the gate'
        })
    )
    const experiment = yield* ExperimentFile.load(experimentFile)
    const baseline = yield* Effect.transposeOption(Option.map(placeOf("baseline"), ExperimentFile.load))
    const verdict = yield* EvalGate.check(experiment, {
      name,
      rules,
      on: given.intersection ? "intersection" : "same",
      ...(Option.isSome(baseline) ? { baseline: baseline.value } : {})
    })
    if (Option.isSome(given.junit)) yield* JUnit.save(verdict, given.junit.value)
    yield* Console.log(given.json ? JSON.stringify(verdict, undefined, 2) : EvalGate.describe(verdict))
    return yield* new Ended({ code: EvalGate.exitCode(verdict) })
  })
).pipe(Command.withDescription("Check an experiment against rules, and against a baseline."))
