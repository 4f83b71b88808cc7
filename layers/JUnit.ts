/**
 * Verdicts as JUnit XML, which continuous integration shows beside the tests: a suite a gate, a case a rule.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Verdict } from "../src/EvalGate.js"
import * as Packages from "./internal/packages.js"
import * as WholeFile from "./internal/wholeFile.js"

/**
 * - `MissingPackage`: `junit-report-builder` is not installed
 * - `WriteFailed`: the file could not be written; what was there before still is
 *
 * @since 0.1.0
 * @category errors
 */
export class JUnitError extends Schema.TaggedError<JUnitError>("hyperfunc/JUnitError")("JUnitError", {
  reason: Schema.Literal("MissingPackage", "WriteFailed"),
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String,
  file: Schema.optionalWith(Schema.String, { exact: true }),
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  override get message(): string {
    return `${this.file === undefined ? "" : `${this.file}: `}${this.detail}. ${this.cure}`
  }
}

const titleOf = (rule: Verdict["findings"][number]["rule"]): string =>
  rule.rule === "floor" ? `floor of ${rule.tag}` : rule.rule

/**
 * Fails with `MissingPackage`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = (verdict: Verdict): Effect.Effect<string, JUnitError> =>
  Effect.gen(function* () {
    const { default: exported } = yield* Packages.optional(
      () => import("junit-report-builder"),
      (cause) =>
        new JUnitError({
          reason: "MissingPackage",
          detail: "JUnit XML needs the package junit-report-builder",
          cure: "npm install junit-report-builder",
          cause
        })
    )
    // Its declarations say that the builder is `default` of what Node gives as `default`; it is that itself.
    const report = (exported as unknown as typeof exported.default).newBuilder()
    const suite = report.testSuite().name(`${verdict.gate}: ${verdict.experiment}`)
    for (const { passed, reason, rule } of verdict.findings) {
      const line = suite.testCase().className(verdict.gate).name(titleOf(rule))
      if (passed) line.standardOutput(reason)
      else line.failure(reason)
    }
    return report.build()
  })

/**
 * Writes the XML of a verdict.
 *
 * @since 0.1.0
 * @category encoding
 */
export const save = (verdict: Verdict, file: string): Effect.Effect<void, JUnitError, FileSystem.FileSystem> =>
  Effect.flatMap(encode(verdict), (xml) =>
    Effect.mapError(
      WholeFile.write(file, xml),
      (cause) => new JUnitError({ reason: "WriteFailed", file, ...WholeFile.unwritable, cause })
    )
  )
