/**
 * Spam or not, by meaning: a mail is taken for the kind whose description has the line that it is nearest to, in the space
 * of a real sentence encoder that runs in this process.
 *
 * First a model rewrites the two descriptions from mails that were misread, then evolution finds a low-rank correction of
 * the answer. Each is measured on mails that were never seen. By default the model is a simulated one;
 * `--model openai/gpt-4o-mini` asks a real one.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Budgets from "../layers/Budget.js"
import * as DeviceWasm from "../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import * as OptimizerReflective from "../layers/OptimizerReflective.js"
import {
  Budget,
  Candidate,
  Example,
  Hyperfunction,
  HyperSystem,
  LoRAWeight,
  Metric,
  Params,
  Scorer,
  Solver,
  Tensor
} from "../src/index.js"
import { Embedder, layer as embedder, WIDTH } from "./lib/embedder.js"
import * as Mail from "./lib/mail.js"
import * as Model from "./lib/model.js"
import type { Program, Settings } from "./lib/program.js"
import * as Search from "./lib/search.js"
import { simulatedLexicon } from "./lib/simulatedLexicon.js"

const MAILS = 240

/** In US dollars. */
const BUDGET = 0.5

/** From cosines to logits. */
const SHARPNESS = 10

/** How near a mail is to the description of a kind: the cosine of its embedding and that of the nearest line. */
const nearness = (label: Mail.Label, description: string) =>
  Hyperfunction.make(label, {
    params: Params.struct({ description: Params.text<string>(description) }),
    run: ({ description }, mail: string) =>
      Effect.gen(function* () {
        const embed = yield* Embedder
        const theirs = yield* embed(mail)
        const lines = yield* Effect.forEach(description.render({}).split("\n"), embed)
        return Math.max(...lines.map((line) => Tensor.toNumber(Tensor.sum(Tensor.mul(line, theirs)))))
      })
  })

const ham = nearness("ham", "A message from a friend or a colleague.")

const spam = nearness("spam", "Unsolicited commercial mail.")

/** Logits of the kinds: how near they are, and what the embedding says besides. */
const head = Hyperfunction.tensor("head", {
  params: Params.struct({
    weight: LoRAWeight.create({ outDim: 2, inDim: WIDTH, noiseRank: 1, initial: Tensor.zeros([2, WIDTH]) }),
    bias: Params.vector(2, { initial: [0, 0] })
  }),
  run: ({ bias, weight }, embedding: Tensor, near: Tensor) =>
    Tensor.add(Tensor.mul(near, SHARPNESS), Tensor.linear(embedding, weight, bias))
})

/** What the head is given for a mail. */
const featuresOf = (mail: string) =>
  Effect.gen(function* () {
    const embed = yield* Embedder
    const near = yield* Effect.all([ham(mail), spam(mail)])
    return { embedding: yield* embed(mail), near: Tensor.from(near) }
  })

const reader = HyperSystem.make("intents", {
  run: (mail: string) =>
    Effect.gen(function* () {
      const { embedding, near } = yield* featuresOf(mail)
      const logits = yield* head(embedding, near)
      return Mail.labels[Tensor.toNumber(Tensor.argMax(logits))]
    }),
  hyperfunctions: [ham, spam, head]
})

/** The same head over features that are known: tensors in and out, so that it runs lifted. */
const corrected = HyperSystem.make("head", {
  run: ({ embedding, near }: { readonly embedding: Tensor; readonly near: Tensor }) => head(embedding, near),
  hyperfunctions: [head]
})

const descriptions = (model: string, seed: number) =>
  OptimizerReflective.layer({
    model,
    generations: 12,
    batch: 12,
    feedbackTokens: 6000,
    settings: { temperature: 1, maxTokens: 400 },
    guidance:
      "The instruction is the description of a kind of mail, and a mail is taken for the kind that has the line nearest in meaning. Say in each line what one sort of such mails talks about.",
    seed
  })

const correction = (seed: number) =>
  OptimizerEvolution.layer({
    generations: 100,
    population: 64,
    sigma: 0.1,
    learningRate: 0.05,
    solver: Solver.adam(),
    weightDecay: 0.05,
    scoreEvery: 50,
    seed
  })

const isRight = Scorer.make("isRight", (output: Mail.Label, expected: Mail.Label) =>
  output === expected ? 1 : { score: 0, feedback: `It was taken for ${output} and is ${expected}.` }
)

const tune = (model: string, { say, seed }: Settings) =>
  Effect.gen(function* () {
    const budget = yield* Budget
    const { test, train } = yield* Effect.sync(() => Mail.load(seed, MAILS))
    yield* say(`${train.length} mails to learn from, ${test.length} held out; ${model}, seed ${seed}`)
    const examplesOf = (mails: ReadonlyArray<Mail.Mail>) => mails.map(({ label, text }) => Example.make(text, label))
    const measure = (system: typeof reader, name: string) =>
      Effect.tap(HyperSystem.evaluate(system, examplesOf(test), isRight, { seed }), ({ score }) =>
        say(`${name}: ${score.toFixed(3)} of held-out mails are read rightly`)
      )
    const watch = (report: Parameters<typeof Search.lines>[0]) =>
      Effect.flatMap(budget.spent, ({ usd }) => Effect.forEach(Search.lines(report, usd), say, { discard: true }))

    const before = yield* measure(reader, "first descriptions")
    const described = yield* Search.last(
      HyperSystem.optimizeStream(reader, examplesOf(train), isRight, { seed }),
      watch
    ).pipe(
      Effect.map(Option.match({ onNone: () => Candidate.defaults(), onSome: ({ best }) => best.candidate })),
      Effect.provide(descriptions(model, seed))
    )
    const withDescriptions = HyperSystem.withCandidate(reader, described)
    const halfway = yield* measure(withDescriptions, "tuned descriptions")

    const features = yield* Effect.forEach(train, ({ label, text }) =>
      Effect.map(Candidate.provide(featuresOf(text), described), (input) =>
        Example.make(input, Tensor.oneHot(Mail.labels.indexOf(label), Mail.labels.length))
      )
    )
    const tuned = yield* Effect.provide(
      HyperSystem.optimize(corrected, features, Metric.logLikelihood, { seed }),
      correction(seed)
    )
    yield* say(`log-likelihood of the head: ${tuned.before.toFixed(3)} → ${tuned.after.toFixed(3)}`)
    const both = Candidate.set(described, head, HyperSystem.paramsOf(tuned.system, head))
    const after = yield* measure(HyperSystem.withCandidate(reader, both), "tuned descriptions and head")
    for (const kind of [ham, spam]) {
      yield* say(`${kind.definition.name}: ${Candidate.get(both, kind).description.template.replaceAll("\n", "; ")}`)
    }
    return { before: before.score, described: halfway.score, after: after.score }
  })

export const intents: Program = {
  name: "intents",
  run: (settings) => {
    const { model = Model.SIMULATED, say } = settings
    return Effect.gen(function* () {
      const [elapsed, measured] = yield* Effect.timed(tune(model, settings))
      const { calls, cost } = yield* Effect.flatMap(Budget, Search.spendingOf)
      const seconds = Duration.toSeconds(elapsed)
      yield* say(`${calls} calls, ${Search.dollars(cost)}, ${seconds.toFixed(0)} s`)
      return { model, ...measured, calls, cost, seconds }
    }).pipe(
      Effect.provide(
        Layer.mergeAll(
          Model.layer(model, simulatedLexicon),
          Budgets.layer({ name: "intents", usd: BUDGET }),
          DeviceWasm.layer,
          embedder
        )
      )
    )
  }
}
