/**
 * A server on the loopback interface that speaks OpenAI's protocol, and misbehaves on request.
 *
 * It answers `POST …/chat/completions`, as JSON or as a stream of events, and `POST …/embeddings`. What it answers is
 * scripted: a function of the request, a queue of replies, or a simulated model.
 *
 * ```ts
 * Effect.gen(function* () {
 *   const server = yield* OpenAiServer.make()
 *   yield* server.enqueue(OpenAiServer.error(429, { headers: { "retry-after": "2" } }), OpenAiServer.completion("hello"))
 *   const llm = yield* LlmOpenAi.make({ providers: { local: { baseUrl: server.baseUrl } } })
 *   const refused = yield* Effect.flip(llm.complete({ model: "local/any", messages: [] }))
 *   const { content } = yield* llm.complete({ model: "local/any", messages: [] })
 *   const [first] = yield* server.requests
 * }).pipe(Effect.scoped)
 * ```
 *
 * Waits are real: a server on a socket knows no TestClock.
 *
 * @since 0.1.0
 */
import { once } from "node:events"
import * as Http from "node:http"
import type * as Net from "node:net"
import { setTimeout as wait } from "node:timers/promises"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"

/**
 * An answer, sent piece by piece.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly _tag: "Answer"
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Each is written on its own. */
  readonly pieces: Iterable<string | Uint8Array>
  /** Before the headers. */
  readonly delay?: Duration.DurationInput
  /** Between pieces. */
  readonly every?: Duration.DurationInput
  /** What comes after the last piece: the end (default), a reset of the connection, or nothing for ever. */
  readonly ending?: "end" | "reset" | "silence"
}

/**
 * What a request gets: an answer, a reset of the connection, or nothing for ever.
 *
 * @since 0.1.0
 * @category models
 */
export type Reply = Answer | { readonly _tag: "Reset" } | { readonly _tag: "Silence" }

/**
 * @since 0.1.0
 * @category models
 */
export interface ChatMessage {
  readonly role: string
  readonly content: string
}

/**
 * A request as it arrived. `outcome` waits until it is over: `"answered"` if all was sent, `"aborted"` if the connection
 * was closed before.
 *
 * @since 0.1.0
 * @category models
 */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: Http.IncomingHttpHeaders
  /** The JSON of the body; undefined if it is none. */
  readonly body: unknown
  readonly outcome: Effect.Effect<"answered" | "aborted">
}

/**
 * A reply, or what finds one for a request. Requests are numbered from 0.
 *
 * @since 0.1.0
 * @category models
 */
export type Script = Reply | ((request: Received, index: number) => Reply)

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The simulated model: what it says to messages. `settings` is the body of the request. Used where the queue of replies
   * is empty; without it such a request is answered with status 500.
   */
  readonly respond?: (messages: ReadonlyArray<ChatMessage>, settings: Readonly<Record<string, unknown>>) => string
  /** Takes the place of `respond`. */
  readonly script?: Script
  /** The vector of a text. Default: 8 numbers made of its characters. */
  readonly embed?: (text: string) => ReadonlyArray<number>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface OpenAiServerService {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  /** Replies for the next requests, before those of the script or the model. */
  readonly enqueue: (...replies: ReadonlyArray<Script>) => Effect.Effect<void>
  /** All that have come, in their order. */
  readonly requests: Effect.Effect<ReadonlyArray<Received>>
  /**
   * Connections that are open, idle ones included: clients keep some for later. Whether the connection of a request was
   * closed is told by its `outcome`.
   */
  readonly openSockets: Effect.Effect<number>
  /** How many requests were being answered at one moment, at the most. */
  readonly maxConcurrent: Effect.Effect<number>
}

/**
 * @since 0.1.0
 * @category services
 */
export class OpenAiServer extends Context.Tag("hyperfunc/testing/OpenAiServer")<OpenAiServer, OpenAiServerService>() {}

/**
 * How an answer is sent.
 *
 * @since 0.1.0
 * @category models
 */
export type Delivery = Partial<Omit<Answer, "_tag" | "pieces">>

/**
 * An answer with these bytes. A text is one piece.
 *
 * @since 0.1.0
 * @category replies
 */
export const raw = (body: string | Uint8Array | Iterable<string | Uint8Array>, delivery: Delivery = {}): Reply => ({
  _tag: "Answer",
  pieces: typeof body === "string" || body instanceof Uint8Array ? [body] : body,
  ...delivery
})

/**
 * @since 0.1.0
 * @category replies
 */
export const json = (value: unknown, delivery: Delivery = {}): Reply =>
  raw(JSON.stringify(value), { ...delivery, headers: { "content-type": "application/json", ...delivery.headers } })

/**
 * Server-sent events, each a piece; values are written as JSON. `[DONE]` is not added.
 *
 * @since 0.1.0
 * @category replies
 */
export const events = (data: Iterable<unknown>, delivery: Delivery = {}): Reply =>
  raw(
    Array.from(data, (event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`),
    { ...delivery, headers: { "content-type": "text/event-stream", ...delivery.headers } }
  )

/**
 * An error in OpenAI's shape.
 *
 * @since 0.1.0
 * @category replies
 */
export const error = (
  status: number,
  options: Delivery & { readonly message?: string; readonly code?: string; readonly type?: string } = {}
): Reply => {
  const { code = null, message = `status ${status}`, type = "error", ...delivery } = options
  return json({ error: { message, type, code, param: null } }, { ...delivery, status })
}

/**
 * The connection is reset before anything is answered.
 *
 * @since 0.1.0
 * @category replies
 */
export const reset: Reply = { _tag: "Reset" }

/**
 * Nothing is ever answered.
 *
 * @since 0.1.0
 * @category replies
 */
export const silence: Reply = { _tag: "Silence" }

/**
 * A script that answers a share of the requests with faults instead, in turn: the same ones for the same seed. By default
 * a refusal for the rate of requests, an overloaded server and a broken connection.
 *
 * @since 0.1.0
 * @category replies
 */
export const faulty = (
  script: Script,
  options: { readonly share: number; readonly seed?: number; readonly faults?: ReadonlyArray<Reply> }
): Script => {
  const { faults = [error(429), error(503), reset], seed = 0, share } = options
  let failed = 0
  return (request, index) => {
    if (uniform(seed, index) < share) return faults[failed++ % faults.length]!
    return typeof script === "function" ? script(request, index) : script
  }
}

/** In [0, 1), by the finaliser of MurmurHash3. */
const uniform = (seed: number, index: number): number => {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(index + 1, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** As good as a tokenizer where only sums matter. */
const tokensIn = (text: string): number => Math.ceil(text.length / 4)

const fieldsOf = (body: unknown): Readonly<Record<string, unknown>> => (Predicate.isRecord(body) ? body : {})

const messagesIn = (body: unknown): ReadonlyArray<ChatMessage> => {
  const { messages } = fieldsOf(body)
  if (!Array.isArray(messages)) return []
  return messages.filter(Predicate.isRecord).map(({ content, role }) => ({
    role: String(role),
    content: typeof content === "string" ? content : ""
  }))
}

/**
 * A chunk of a streamed completion.
 *
 * @since 0.1.0
 * @category replies
 */
export const chunk = (
  delta: Readonly<Record<string, unknown>>,
  options: { readonly finishReason?: string; readonly model?: string } = {}
): unknown => ({
  id: "chatcmpl-test",
  object: "chat.completion.chunk",
  created: 0,
  model: options.model ?? "test-model",
  choices: [{ index: 0, delta, finish_reason: options.finishReason ?? null }]
})

/**
 * A completion: JSON, or a stream of words if the request asks for one. `message` and `usage` replace what would be sent.
 *
 * @since 0.1.0
 * @category replies
 */
export const completion =
  (
    content: string,
    options: Delivery & {
      readonly message?: Readonly<Record<string, unknown>>
      readonly finishReason?: string
      readonly model?: string
      readonly usage?: unknown
    } = {}
  ) =>
  ({ body }: Received): Reply => {
    const { finishReason = "stop", message = { content }, model: ownModel, usage: ownUsage, ...delivery } = options
    const { model: asked, stream } = fieldsOf(body)
    const model = ownModel ?? (typeof asked === "string" ? asked : "test-model")
    if (stream === true) {
      const words = content.match(/\s*\S+|\s+$/g) ?? []
      return events(
        [
          chunk({ role: "assistant", content: "" }, { model }),
          ...words.map((word) => chunk({ content: word }, { model })),
          chunk({}, { model, finishReason }),
          "[DONE]"
        ],
        delivery
      )
    }
    const prompt = messagesIn(body).reduce((sum, { content }) => sum + tokensIn(content), 0)
    const generated = tokensIn(content)
    const usage = { prompt_tokens: prompt, completion_tokens: generated, total_tokens: prompt + generated }
    return json(
      {
        id: "chatcmpl-test",
        object: "chat.completion",
        created: 0,
        model,
        choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finishReason }],
        usage: "usage" in options ? ownUsage : usage
      },
      delivery
    )
  }

const defaultEmbed = (text: string): ReadonlyArray<number> => {
  const vector = new Array<number>(8).fill(0)
  for (let i = 0; i < text.length; i++) vector[text.charCodeAt(i) % 8]! += 1
  const length = Math.hypot(...vector) || 1
  return vector.map((x) => x / length)
}

const embeddings = (body: unknown, embed: (text: string) => ReadonlyArray<number>): Reply => {
  const { input, model } = fieldsOf(body)
  const texts = (Array.isArray(input) ? input : [input]).map(String)
  const tokens = texts.reduce((sum, text) => sum + tokensIn(text), 0)
  return json({
    object: "list",
    model,
    data: texts.map((text, index) => ({ object: "embedding", index, embedding: embed(text) })),
    usage: { prompt_tokens: tokens, total_tokens: tokens }
  })
}

const scriptOf = (options: Options): Script => {
  const { embed = defaultEmbed, respond, script } = options
  if (script !== undefined) return script
  return (request, index) => {
    if (request.path.endsWith("/embeddings")) return embeddings(request.body, embed)
    if (!request.path.endsWith("/chat/completions")) return error(404, { message: `there is no ${request.path}` })
    if (respond === undefined) return error(500, { message: `nothing is scripted for request ${index}` })
    return completion(respond(messagesIn(request.body), fieldsOf(request.body)))(request)
  }
}

const readBody = async (request: Http.IncomingMessage): Promise<unknown> => {
  const pieces: Array<Uint8Array> = []
  for await (const piece of request) pieces.push(piece)
  try {
    return JSON.parse(Buffer.concat(pieces).toString("utf8"))
  } catch {
    return undefined
  }
}

const send = async (reply: Reply, response: Http.ServerResponse, signal: AbortSignal): Promise<void> => {
  const socket = response.socket as Net.Socket
  if (reply._tag === "Reset") return void socket.resetAndDestroy()
  if (reply._tag === "Silence") return
  const pause = async (duration: Duration.DurationInput | undefined) => {
    if (duration !== undefined) await wait(Duration.toMillis(duration), undefined, { signal })
  }
  await pause(reply.delay)
  response.writeHead(reply.status ?? 200, reply.headers)
  response.flushHeaders()
  let isFirst = true
  for (const piece of reply.pieces) {
    if (!isFirst) await pause(reply.every)
    isFirst = false
    if (signal.aborted) return
    if (!response.write(piece)) await once(response, "drain", { signal })
  }
  if (reply.ending === undefined || reply.ending === "end") response.end()
  if (reply.ending === "reset") {
    await wait(5, undefined, { signal })
    socket.resetAndDestroy()
  }
}

/**
 * A server that is closed, with all its connections, when the scope is.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<OpenAiServerService, never, Scope.Scope> =>
  Effect.gen(function* () {
    const script = scriptOf(options)
    const queue: Array<Script> = []
    const received: Array<Received> = []
    const sockets = new Set<Net.Socket>()
    let answering = 0
    let mostAnswering = 0

    const answer = async (message: Http.IncomingMessage, response: Http.ServerResponse): Promise<void> => {
      const { headers, method = "", url = "" } = message
      const abort = new AbortController()
      const outcome = Deferred.unsafeMake<"answered" | "aborted">(FiberId.none)
      mostAnswering = Math.max(mostAnswering, ++answering)
      response.on("close", () => {
        answering--
        abort.abort()
        Deferred.unsafeDone(outcome, Effect.succeed(response.writableFinished ? "answered" : "aborted"))
      })
      const body = await readBody(message)
      const request: Received = { method, path: url, headers, body, outcome: Deferred.await(outcome) }
      const index = received.push(request) - 1
      const next = queue.shift() ?? script
      await send(typeof next === "function" ? next(request, index) : next, response, abort.signal)
    }

    const server = Http.createServer((request, response) => {
      answer(request, response).catch(() => response.destroy())
    })
    server.on("connection", (socket) => {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on("error", () => {})
      socket.on("close", () => sockets.delete(socket))
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    const { port } = server.address() as Net.AddressInfo
    return {
      baseUrl: `http://127.0.0.1:${port}/v1`,
      enqueue: (...replies) => Effect.sync(() => void queue.push(...replies)),
      requests: Effect.sync(() => [...received]),
      openSockets: Effect.sync(() => sockets.size),
      maxConcurrent: Effect.sync(() => mostAnswering)
    }
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<OpenAiServer> => Layer.scoped(OpenAiServer, make(options))
