import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Tracer from "effect/Tracer"
import * as Candidate from "../Candidate.js"
import { type Call, CurrentCall, CurrentExecution, type Definition, type Execution } from "./execution.js"

/**
 * The result of a call, once known; nothing when it turned out to depend on a tuned parameter, drew a random number of its
 * run, counted against a budget of it, or was interrupted.
 */
type Slot = Deferred.Deferred<Option.Option<Exit.Exit<unknown, unknown>>>

/** Calls with the same parameters and arguments; a program that calls twice means two results. */
interface Entry {
  readonly assignment: object
  readonly args: ReadonlyArray<unknown>
  readonly slots: Array<Slot>
  /** How many runs have made the call. */
  runs: number
}

/** Entries of one hyperfunction and example: when there are more, those that no two runs shared make room. */
const MAXIMUM = 256

/** What every run has of its own, and no result depends on. */
const own: ReadonlySet<string> = new Set([
  CurrentExecution.key,
  CurrentCall.key,
  Candidate.Current.key,
  Schedule.CurrentIterationMetadata.key,
  Tracer.ParentSpan.key
])

/**
 * Results of calls that depend on no tuned parameter, by example: the candidates of a population share them. Arguments
 * are the same when they are equal values or the same objects, and so are services that the program itself provides.
 *
 * @internal
 */
export class Memo {
  readonly isTuned: (definition: Definition) => boolean
  private readonly examples = new Map<number, Map<Definition, Array<Entry>>>()

  constructor(isTuned: (definition: Definition) => boolean) {
    this.isTuned = isTuned
  }

  /** What one run of an example, under one candidate and with some services, sees of it. */
  forRun(
    example: number,
    services: ReadonlyMap<string, unknown>
  ): <A, E, R>(call: Call<A, E, R>) => Effect.Effect<A, E, R> {
    const used = new Map<Entry, number>()
    return <A, E, R>(call: Call<A, E, R>): Effect.Effect<A, E, R> => {
      if (this.isTuned(call.definition)) return call.run
      return Effect.uninterruptibleMask((restore) =>
        Effect.randomWith((random) =>
          Effect.contextWithEffect((context: Context.Context<never>) => {
            const entry = this.entry(example, call, providedIn(context, services))
            const turn = used.get(entry) ?? 0
            if (turn === 0) entry.runs++
            used.set(entry, turn + 1)
            const slot = entry.slots[turn]
            if (slot !== undefined) {
              return Effect.flatMap(
                restore(Deferred.await(slot)),
                Option.match({ onNone: () => restore(call.run), onSome: (exit) => exit as Exit.Exit<A, E> })
              )
            }
            return this.compute(entry, turn, random, Context.get(context, CurrentExecution)!, restore(call.run))
          })
        )
      )
    }
  }

  private compute<A, E, R>(
    entry: Entry,
    turn: number,
    random: Random.Random,
    execution: Execution,
    run: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R> {
    const slot: Slot = Deferred.unsafeMake(FiberId.none)
    entry.slots[turn] = slot
    let isOwn = false
    const watching: Execution = {
      around: (inner) => {
        isOwn ||= this.isTuned(inner.definition)
        return execution.around(inner)
      },
      lift: execution.lift,
      random: execution.random,
      get budgets() {
        isOwn = true
        return execution.budgets
      }
    }
    const drawing = watched(random, () => {
      isOwn = true
    })
    return run.pipe(
      Effect.withRandom(drawing),
      Effect.provideService(CurrentExecution, watching),
      Effect.onExit((exit) => {
        const interrupted = Exit.isFailure(exit) && Exit.isInterrupted(exit)
        if (interrupted) delete entry.slots[turn]
        return Deferred.succeed(slot, interrupted || isOwn ? Option.none() : Option.some(exit))
      })
    )
  }

  private entry(example: number, call: Call<unknown, unknown, unknown>, provided: ReadonlyArray<unknown>): Entry {
    const { assignmentOf, definition } = call
    const assignment = assignmentOf()
    const args = provided.length === 0 ? call.args : [...call.args, ...provided]
    let definitions = this.examples.get(example)
    if (definitions === undefined) this.examples.set(example, (definitions = new Map()))
    let entries = definitions.get(definition)
    if (entries === undefined) definitions.set(definition, (entries = []))
    const same = entries.find(
      (entry) =>
        entry.assignment === assignment &&
        entry.args.length === args.length &&
        entry.args.every((arg, k) => isSame(arg, args[k]))
    )
    if (same !== undefined) return same
    if (entries.length >= MAXIMUM) {
      const shared = entries.filter(({ runs }) => runs > 1)
      definitions.set(definition, (entries = shared.slice(-MAXIMUM / 2)))
    }
    const entry: Entry = { assignment, args, slots: [], runs: 0 }
    entries.push(entry)
    return entry
  }
}

/** Services, with their keys, that a program has provided for a call. */
const providedIn = (
  { unsafeMap }: Context.Context<never>,
  services: ReadonlyMap<string, unknown>
): ReadonlyArray<unknown> => {
  const provided: Array<unknown> = []
  if (unsafeMap === services) return provided
  for (const [key, service] of unsafeMap) {
    if (service !== services.get(key) && !own.has(key)) provided.push(key, service)
  }
  return provided
}

const isSame = (a: unknown, b: unknown): boolean => Object.is(a, b) || (typeof a === "object" && Equal.equals(a, b))

/** The same random numbers; the first drawn says so. */
const watched = (random: Random.Random, onDraw: () => void): Random.Random => {
  const drawn = <A>(draw: Effect.Effect<A>): Effect.Effect<A> => Effect.zipRight(Effect.sync(onDraw), draw)
  return {
    [Random.RandomTypeId]: Random.RandomTypeId,
    next: drawn(random.next),
    nextBoolean: drawn(random.nextBoolean),
    nextInt: drawn(random.nextInt),
    nextRange: (min, max) => drawn(random.nextRange(min, max)),
    nextIntBetween: (min, max) => drawn(random.nextIntBetween(min, max)),
    shuffle: (elements) => drawn(random.shuffle(elements))
  }
}
