import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Delivery from "./otlpDelivery.js"
import type { Endpoint } from "./otlpEndpoint.js"
import { partialOf } from "./otlpReply.js"

/** @internal */
export interface Options extends Omit<Delivery.Options<never>, "send"> {
  readonly endpoint: Endpoint
}

/** @internal */
export interface Transport {
  /** Takes every request at once, whatever becomes of it. */
  readonly client: HttpClient.HttpClient
  /** Says of how many pieces a body is. */
  readonly declare: (body: HttpBody.HttpBody, pieces: number) => void
  readonly counts: Delivery.Delivery<never>["counts"]
}

/**
 * A client of HTTP for those who export: what it is given is delivered by and by.
 *
 * @internal
 */
export const make = ({
  endpoint,
  ...options
}: Options): Effect.Effect<Transport, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const http = yield* HttpClient.HttpClient
    const piecesOf = new WeakMap<HttpBody.HttpBody, number>()
    const headers = Object.entries(endpoint.headers).map(([name, value]) => [name, Redacted.value(value)] as const)
    const request = HttpClientRequest.post(endpoint.url).pipe(HttpClientRequest.setHeaders(headers))
    const { counts, offer } = yield* Delivery.make<HttpBody.HttpBody>({
      ...options,
      send: (body) =>
        http.execute(HttpClientRequest.setBody(request, body)).pipe(
          Effect.mapError(() => Delivery.unreachable),
          Effect.flatMap((response) =>
            response.status >= 200 && response.status < 300
              ? Effect.orElseSucceed(response.arrayBuffer, () => new ArrayBuffer(0)).pipe(
                  Effect.map((bytes) => partialOf(response.headers["content-type"] ?? "", new Uint8Array(bytes)))
                )
              : Effect.fail(refused(response))
          )
        )
    })
    return {
      client: HttpClient.make((request) =>
        Effect.sync(() => {
          offer(request.body, piecesOf.get(request.body) ?? 0)
          return HttpClientResponse.fromWeb(request, new Response(null, { status: 204 }))
        })
      ),
      declare: (body, pieces) => void piecesOf.set(body, pieces),
      counts
    }
  })

/** Of the answer nothing is told that could echo a header or a span. */
const refused = ({ headers, status }: HttpClientResponse.HttpClientResponse): Delivery.Failure => {
  const seconds = Number(headers["retry-after"])
  return {
    what: `the collector answers with status ${status}`,
    isRetryable: [429, 502, 503, 504].includes(status),
    ...(seconds > 0 ? { retryAfter: seconds * 1000 } : {})
  }
}
