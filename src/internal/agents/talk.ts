import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Conversation from "../../Conversation.js"
import { breathe } from "../breathe.js"

type History = ReadonlyArray<Conversation.ConversationTurn>

interface Reply {
  readonly message: string
  readonly done?: boolean
  readonly metadata?: Readonly<Record<string, unknown>>
}

/**
 * Who talks. `known` is how many messages the user has in all, where that is known before.
 *
 * @internal
 */
export interface Parties<out E, out R> {
  readonly known: number | undefined
  readonly ask: (history: History) => Effect.Effect<Option.Option<string>, E, R>
  /** The answer to the last message of a history. */
  readonly answer: (message: string, history: History) => Effect.Effect<Reply, E, R>
  /** The last turn of a history. */
  readonly remember: (message: string, reply: Reply, history: History) => Effect.Effect<unknown, E, R>
  /** Of the last message of a history. */
  readonly tokens: (message: string, history: History) => Effect.Effect<number, E, R>
}

/** @internal */
export interface Caps {
  readonly maxTurns: number
  readonly maxTokens: number
  readonly timeout: Duration.DurationInput | undefined
}

/** Turns after which timers and interruptions have their turn. */
const TURNS_PER_BREATH = 64

/**
 * A conversation from its first message to its ending. What was said before a cap is reached stays said.
 *
 * @internal
 */
export const talk = <E, R>(parties: Parties<E, R>, caps: Caps): Effect.Effect<Conversation.ConversationResult, E, R> =>
  Effect.gen(function* () {
    const history: Array<Conversation.ConversationTurn> = []
    const { timeout } = caps
    if (timeout === undefined) return Conversation.make(history, yield* turns(parties, caps, history, Infinity))
    const deadline = (yield* Clock.currentTimeMillis) + Duration.toMillis(timeout)
    const ending = yield* Effect.timeoutTo(turns(parties, caps, history, deadline), {
      duration: timeout,
      onSuccess: (ending) => ending,
      onTimeout: (): Conversation.Ending => "timeout"
    })
    return Conversation.make(history, ending)
  })

const turns = <E, R>(
  { answer, ask, known = Infinity, remember, tokens: tokensOf }: Parties<E, R>,
  { maxTokens, maxTurns }: Caps,
  history: Array<Conversation.ConversationTurn>,
  deadline: number
): Effect.Effect<Conversation.Ending, E, R> =>
  Effect.gen(function* () {
    let tokens = 0
    const say = (turn: Conversation.ConversationTurn) =>
      Effect.suspend(() => {
        history.push(turn)
        return Effect.map(tokensOf(turn.content, [...history]), (more) => {
          tokens += more
        })
      })
    for (let turn = 0; ; turn++) {
      if (turn >= known) return "userEnded"
      if (turn >= maxTurns) return "maxTurns"
      if (tokens >= maxTokens) return "maxTokens"
      if ((yield* Clock.currentTimeMillis) >= deadline) return "timeout"
      const said = yield* ask([...history])
      if (Option.isNone(said)) return "userEnded"
      const message = said.value
      yield* say(Conversation.user(message))
      if (tokens > maxTokens) return "maxTokens"
      const reply = yield* answer(message, [...history])
      yield* say(Conversation.assistant(reply.message, reply.metadata))
      yield* remember(message, reply, [...history])
      if (reply.done === true) return "done"
      if (turn % TURNS_PER_BREATH === TURNS_PER_BREATH - 1) yield* breathe
    }
  })
