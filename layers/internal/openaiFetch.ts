import * as Predicate from "effect/Predicate"

/** @internal */
export interface Limits {
  /** How long an answer that has begun may be silent. */
  readonly idleMillis: number
  /** How long an answer may be, unpacked. */
  readonly maxBytes: number
}

/**
 * An answer went beyond a limit.
 *
 * @internal
 */
export class LimitExceeded extends Error {
  readonly limit: keyof Limits

  constructor(limit: keyof Limits) {
    super(limit)
    this.limit = limit
  }
}

/**
 * An answer that is an error. The package forgets the body of one that has not OpenAI's shape; here it is kept.
 *
 * @internal
 */
export class HttpFailure extends Error {
  readonly status: number
  readonly headers: Headers
  readonly body: string

  constructor(response: Response, body: string) {
    super(`status ${response.status}`)
    this.status = response.status
    this.headers = response.headers
    this.body = body
  }
}

/**
 * No answer, or only a part of one. What the runtime throws is not kept: it may quote the headers of the request.
 *
 * @internal
 */
export class NetworkFailure extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

const codeOf = (cause: unknown): string => {
  if (Predicate.hasProperty(cause, "code") && typeof cause.code === "string") return cause.code
  if (Predicate.hasProperty(cause, "cause")) return codeOf(cause.cause)
  return cause instanceof Error ? cause.name : "unknown"
}

const failureOf = (cause: unknown): LimitExceeded | NetworkFailure =>
  cause instanceof LimitExceeded ? cause : new NetworkFailure(codeOf(cause))

/** The longest time that a timer can run. */
const maxTimer = 2 ** 31 - 1

const within = <A>(promise: Promise<A>, millis: number): Promise<A> => {
  if (!(millis <= maxTimer)) return promise
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new LimitExceeded("idleMillis")), millis)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

const limited = (body: ReadableStream<Uint8Array>, limits: Limits): ReadableStream<Uint8Array> => {
  const reader = body.getReader()
  let bytes = 0
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await within(reader.read(), limits.idleMillis)
          if (done) return controller.close()
          bytes += value.byteLength
          if (bytes > limits.maxBytes) throw new LimitExceeded("maxBytes")
          controller.enqueue(value)
        } catch (cause) {
          reader.cancel().catch(() => {})
          controller.error(failureOf(cause))
        }
      },
      cancel: (reason) => reader.cancel(reason)
    },
    { highWaterMark: 0 }
  )
}

/**
 * `fetch` that follows no redirect, so that no key and no prompt goes where it was not sent, keeps an answer in its
 * limits, and fails with {@link HttpFailure} where the status is an error.
 *
 * @internal
 */
export const guarded =
  (limits: Limits): typeof fetch =>
  async (input, init) => {
    const answer = await fetch(input, { ...init, redirect: "manual" }).catch((cause) => {
      throw failureOf(cause)
    })
    const body = answer.body === null ? null : limited(answer.body, limits)
    const response = new Response(body, answer)
    if (response.ok) return response
    throw new HttpFailure(response, await response.text().catch(() => ""))
  }
