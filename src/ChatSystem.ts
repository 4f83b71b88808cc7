/**
 * Systems that talk: an input is a conversation, and an output what became of it.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Memory, type MemoryError, type TenantId } from "../services/Memory.js"
import type { ConversationResult, ConversationTurn, Window } from "./Conversation.js"
import * as Conversation from "./Conversation.js"
import { ConversationError } from "./ConversationError.js"
import type { Hyperfunction } from "./Hyperfunction.js"
import { guarded } from "./internal/agents/defects.js"
import * as Faults from "./internal/agents/faults.js"
import { invoked } from "./internal/agents/invoked.js"
import { type Parties, talk } from "./internal/agents/talk.js"
import { describe } from "./internal/describe.js"
import * as System from "./internal/system.js"
import * as Thrown from "./internal/thrown.js"
import * as MemoryContext from "./MemoryContext.js"

/**
 * What an agent says. `done` ends the conversation; `metadata`, anything that is JSON, is kept with the message.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChatReply {
  readonly message: string
  readonly done?: boolean
  readonly metadata?: Readonly<Record<string, unknown>>
}

/**
 * What an agent is given of a conversation.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChatTurn {
  /** What the user says now. */
  readonly message: string
  /** What was said before, as much of it as the window shows. */
  readonly history: ReadonlyArray<ConversationTurn>
  /** What a memory has to say on it; `""` without one. */
  readonly memoryContext: string
}

/**
 * The user's next message, from what was said; nothing when there is no more to say.
 *
 * @since 0.1.0
 * @category models
 */
export type UserSimulator<E = never, R = never> = (
  history: ReadonlyArray<ConversationTurn>
) => Effect.Effect<Option.Option<string>, E, R>

/**
 * What a user says: messages that are there from the start, or somebody who is played. `id` is the conversation's name in a
 * memory, of 1 to 255 characters.
 *
 * @since 0.1.0
 * @category models
 */
export type ChatInput<User = UserSimulator> = (
  | { readonly conversation: ReadonlyArray<string> }
  | { readonly user: User }
) & { readonly id?: string }

/**
 * - `limit`: memories that are recalled for a message, at most, default 10
 * - `maxChars`: of the text that is made of them, default 2000
 * - `remember`: whether turns are remembered, each before the next, default true
 *
 * @since 0.1.0
 * @category models
 */
export interface MemoryOptions {
  readonly limit?: number
  readonly maxChars?: number
  readonly remember?: boolean
}

/**
 * - `respond`: the agent; a text is a reply that is not done
 * - `simulate`: plays the users that inputs describe; by default an input's `user` plays itself
 * - `hyperfunctions`: as for a `HyperSystem`
 * - `maxTurns`: messages of the user that are answered, at most, default 100
 * - `maxTokens`: of all messages together; one that would exceed it is not answered
 * - `tokensOf`: of a message, from 0, default a quarter of its length, rounded up
 * - `timeout`: of the whole conversation, above zero; the message that it interrupts is not answered
 * - `window`: how much of the history an agent is shown, default all
 *
 * A cap that is reached ends a conversation and is no failure.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<E, R, User, E2, R2> {
  readonly respond: (turn: ChatTurn) => Effect.Effect<ChatReply | string, E, R>
  readonly simulate?: (
    user: User,
    history: ReadonlyArray<ConversationTurn>
  ) => Effect.Effect<Option.Option<string>, E2, R2>
  readonly hyperfunctions?: ReadonlyArray<Hyperfunction.Any>
  readonly maxTurns?: number
  readonly maxTokens?: number
  readonly tokensOf?: (message: string) => number
  readonly timeout?: Duration.DurationInput
  readonly window?: Window
}

/**
 * A conversational system. With `memory` it asks a `Memory` before each reply and tells it each turn, and an input says
 * whose memories these are. Where the memory fails, the conversation breaks off with an error that holds what was said.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { ChatSystem, Hyperfunction, Params } from "hyperfunc"
 *
 * const greet = Hyperfunction.make("greet", {
 *   params: Params.struct({ greeting: Params.text("Hello") }),
 *   run: ({ greeting }, name: string) => Effect.succeed(`${greeting.template}, ${name}!`)
 * })
 *
 * const bot = ChatSystem.make("bot", {
 *   respond: ({ history, message }) => Effect.map(greet(message), (message) => ({ message, done: history.length > 0 }))
 * })
 *
 * const result = bot.run({ conversation: ["Ada", "Grace"] })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: {
  <E = never, R = never, User = UserSimulator, E2 = never, R2 = never>(
    name: string,
    options: Options<E, R, User, E2, R2> & { readonly memory?: undefined }
  ): System.HyperSystem<ChatInput<User>, ConversationResult, E | E2 | ConversationError, R | R2>
  <E = never, R = never, User = UserSimulator, E2 = never, R2 = never>(
    name: string,
    options: Options<E, R, User, E2, R2> & { readonly memory: MemoryOptions }
  ): System.HyperSystem<
    ChatInput<User> & { readonly tenant: TenantId },
    ConversationResult,
    E | E2 | ConversationError,
    R | R2 | Memory
  >
} = <User>(name: string, options: Everything<User>): System.HyperSystem<any, ConversationResult, any, any> =>
  System.make(
    name,
    converse(name, options),
    (options.hyperfunctions ?? []).map(({ definition }) => definition),
    undefined
  )

type Everything<User> = Options<any, any, User, any, any> & { readonly memory?: MemoryOptions | undefined }

type History = ReadonlyArray<ConversationTurn>

const converse = <User>(system: string, options: Everything<User>) => {
  const { maxTokens = Infinity, maxTurns = 100, memory, respond, simulate = itself, timeout, window = {} } = options
  const { tokensOf = (message) => Math.ceil(message.length / 4) } = options

  const failure = (
    history: History,
    reason: ConversationError["reason"],
    { cure, detail }: Faults.Fault,
    cause?: { readonly cause: unknown }
  ) => new ConversationError({ reason, system, detail, cure, history, ...cause })

  const threw = (history: History, reason: ConversationError["reason"], who: string) => (defect: unknown) =>
    failure(
      history,
      reason,
      {
        detail: `${who} threw: ${Thrown.messageOf(defect)}`,
        cure: "Make it fail with an error of its own, or mend it"
      },
      { cause: Thrown.keepable(defect) }
    )

  const remembering =
    (history: History) =>
    <A>(self: Effect.Effect<A, MemoryError, Memory>): Effect.Effect<A, ConversationError, Memory> =>
      Effect.mapError(self, (cause) =>
        failure(history, "MemoryFailed", { detail: `the memory failed: ${cause.detail}`, cure: cause.cure }, { cause })
      )

  const messageOf = (input: ChatInput<User>, history: History) =>
    "conversation" in input
      ? Effect.succeedSome(input.conversation[history.length / 2])
      : guarded(() => simulate(input.user, history), threw(history, "UserFailed", "the user"))

  const parties = (input: Input<User>): Parties<any, any> => ({
    known: "conversation" in input ? input.conversation.length : undefined,
    ask: (history) =>
      Effect.filterOrFail(messageOf(input, history), isSaid, (said) =>
        failure(history, "InvalidMessage", { detail: `the user said ${describe(said)}`, cure: "Give a text" })
      ),
    answer: (message, history) =>
      Effect.gen(function* () {
        const memoryContext =
          memory === undefined ? "" : yield* remembering(history)(recall(input.tenant!, message, memory))
        const before = Conversation.last(history.slice(0, -1), window)
        const said = yield* guarded(
          () => respond({ message, history: before, memoryContext }),
          threw(history, "AgentFailed", "the agent")
        )
        const reply = typeof said === "string" ? { message: said } : said
        const fault = typeof reply?.message === "string" ? Faults.ofMetadata(reply.metadata) : noReply(said)
        return fault === undefined ? reply : yield* failure(history, "InvalidReply", fault)
      }),
    remember: (message, reply, history) =>
      memory === undefined || memory.remember === false
        ? Effect.void
        : remembering(history)(
            Effect.flatMap(Memory, ({ rememberTurn }) =>
              rememberTurn(input.tenant!, {
                user: message,
                assistant: reply.message,
                ...(input.id === undefined ? {} : { conversation: input.id })
              })
            )
          ),
    tokens: (message, history) =>
      Effect.filterOrFail(
        guarded(() => Effect.succeed(tokensOf(message)), threw(history, "InvalidOptions", "tokensOf")),
        (tokens) => Number.isFinite(tokens) && tokens >= 0,
        (tokens) =>
          failure(history, "InvalidOptions", {
            detail: `tokensOf gave ${describe(tokens)}`,
            cure: "Make it give a finite number of at least 0"
          })
      )
  })

  const wrong = Faults.ofCaps(options)
  return (input: Input<User>): Effect.Effect<ConversationResult, any, any> => {
    const fault = wrong ?? Faults.ofInput(input)
    if (fault !== undefined) return Effect.fail(failure([], "InvalidOptions", fault))
    return invoked(talk(parties(input), { maxTurns, maxTokens, timeout }), system, {
      attributes: input.id === undefined ? {} : { "gen_ai.conversation.id": input.id },
      cameOf: ({ ending, turns }) => ({
        "hyperfunc.conversation.turns": turns,
        "hyperfunc.conversation.ending": ending
      })
    })
  }
}

type Input<User> = ChatInput<User> & { readonly tenant?: TenantId }

const itself = (user: unknown, history: History) => (user as UserSimulator)(history)

const recall = (tenant: TenantId, message: string, { limit, maxChars }: MemoryOptions) =>
  Effect.gen(function* () {
    const memory = yield* Memory
    const memories = yield* memory.recall(tenant, message, limit === undefined ? {} : { limit })
    return MemoryContext.format(memories, maxChars === undefined ? {} : { maxChars })
  })

const isSaid = (said: unknown): said is Option.Option<string> =>
  Option.isOption(said) && (Option.isNone(said) || typeof said.value === "string")

const noReply = (said: unknown): Faults.Fault => ({
  detail: `the agent gave ${describe(said)}`,
  cure: "Give a text, or a reply with a message"
})
