import * as Http from "node:http"
import * as Http2 from "node:http2"
import { createRequire } from "node:module"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A span as OTLP has it in JSON; numbers in protobuf come as texts. */
export interface Received {
  readonly name: string
  readonly traceId: unknown
  readonly spanId: unknown
  readonly parentSpanId?: unknown
  readonly kind: unknown
  readonly status: { readonly code?: unknown; readonly message?: string }
  readonly attributes: ReadonlyArray<{ readonly key: string; readonly value: Readonly<Record<string, unknown>> }>
  readonly events: ReadonlyArray<{ readonly name: string; readonly attributes: Received["attributes"] }>
  readonly droppedAttributesCount?: number
  readonly droppedEventsCount?: number
}

interface Trace {
  readonly resourceSpans: ReadonlyArray<{
    readonly resource: unknown
    readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<Received> }>
  }>
}

/** A metric as OTLP has it, with the points of a histogram. */
export interface ReceivedMetric {
  readonly name: string
  readonly unit: string
  readonly histogram?: {
    readonly dataPoints: ReadonlyArray<{
      readonly attributes: Received["attributes"]
      readonly count: unknown
      readonly sum: number
      readonly bucketCounts: ReadonlyArray<unknown>
      readonly explicitBounds: ReadonlyArray<number>
    }>
  }
}

interface Metrics {
  readonly resourceMetrics: ReadonlyArray<{
    readonly scopeMetrics: ReadonlyArray<{ readonly metrics: ReadonlyArray<ReceivedMetric> }>
  }>
}

/** Of HTTP it has headers, of gRPC metadata. */
interface Request {
  readonly headers?: Http.IncomingHttpHeaders
  readonly metadata?: { readonly getMap: () => Http.IncomingHttpHeaders }
}

interface MockOtlpServer {
  readonly httpUrl: URL | string
  readonly grpcUrl: URL | string
  readonly start: () => Promise<void>
  readonly close: () => Promise<void>
}

const { MockOtlpServer } = createRequire(import.meta.url)("@elastic/mockotlpserver") as {
  readonly MockOtlpServer: new (options: Readonly<Record<string, unknown>>) => MockOtlpServer
}

export interface Collector {
  readonly url: string
  readonly spans: () => ReadonlyArray<Received>
  readonly metrics: () => ReadonlyArray<ReceivedMetric>
  readonly headers: () => ReadonlyArray<Http.IncomingHttpHeaders>
  readonly resources: () => string
}

const started = (service: "http" | "grpc"): Effect.Effect<Collector, never, Scope.Scope> =>
  Effect.gen(function* () {
    const traces: Array<Trace> = []
    const metrics: Array<Metrics> = []
    const requests: Array<Request> = []
    const server = new MockOtlpServer({
      logLevel: "fatal",
      services: [service],
      httpHostname: "127.0.0.1",
      httpPort: 0,
      grpcHostname: "127.0.0.1",
      grpcPort: 0,
      onTrace: (trace: Trace) => traces.push(trace),
      onMetrics: (received: Metrics) => metrics.push(received),
      onRequest: (request: Request) => requests.push(request)
    })
    yield* Effect.acquireRelease(
      Effect.promise(() => server.start()),
      () => Effect.promise(() => server.close())
    )
    return {
      url: String(service === "http" ? server.httpUrl : server.grpcUrl),
      metrics: () =>
        metrics.flatMap(({ resourceMetrics }) =>
          resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
        ),
      spans: () =>
        traces.flatMap(({ resourceSpans }) =>
          resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
        ),
      headers: () => requests.map(({ headers, metadata }) => headers ?? metadata!.getMap()),
      resources: () => JSON.stringify(traces.map(({ resourceSpans }) => resourceSpans.map(({ resource }) => resource)))
    }
  })

/** A collector that nobody here wrote, on a free port of the loopback interface. */
export const real = started("http")

/** The same, by gRPC. */
export const realGrpc = started("grpc")

export interface Misbehaving {
  readonly url: string
  readonly requests: ReadonlyArray<{ readonly headers: Http.IncomingHttpHeaders; readonly body: Buffer }>
}

/** A collector that answers as a function says, by the number of the request, or never. */
export const misbehaving = (
  answer: (request: number) =>
    | {
        readonly status: number
        readonly headers?: Readonly<Record<string, string>>
        readonly body?: string | Uint8Array
      }
    | "hang"
    | "reset"
): Effect.Effect<Misbehaving, never, Scope.Scope> =>
  Effect.gen(function* () {
    const requests: Array<Misbehaving["requests"][number]> = []
    const server = Http.createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk) => chunks.push(chunk))
      request.on("end", () => {
        const said = answer(requests.push({ headers: request.headers, body: Buffer.concat(chunks) }) - 1)
        if (said === "hang") return
        if (said === "reset") return void request.socket.destroy()
        response.writeHead(said.status, said.headers).end(said.body)
      })
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.sync(() => {
          server.closeAllConnections()
          server.close()
        })
    )
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
  })

/** The attributes of a received span, numbers as numbers. */
export const attributesOf = (span: Pick<Received, "attributes">): Readonly<Record<string, unknown>> =>
  Object.fromEntries(span.attributes.map(({ key, value }) => [key, plain(value)]))

const plain = (value: Readonly<Record<string, unknown>>): unknown => {
  const [kind, held] = Object.entries(value)[0] ?? []
  if (kind === "arrayValue") return (held as { readonly values: ReadonlyArray<typeof value> }).values.map(plain)
  return kind === "intValue" ? Number(held) : held
}

/** An identifier in hexadecimal, as JSON writes it. */
export const hex = (id: unknown): string =>
  typeof id === "string" ? id : Buffer.from(id as Uint8Array).toString("hex")

/** A collector that answers by gRPC with statuses, one a request and the last for all others, or never. */
export const misbehavingGrpc = (
  ...statuses: ReadonlyArray<number | "hang">
): Effect.Effect<{ readonly url: string; readonly requests: () => number }, never, Scope.Scope> =>
  Effect.gen(function* () {
    let requests = 0
    const sessions = new Set<Http2.ServerHttp2Session>()
    const server = Http2.createServer()
    server.on("session", (session) => sessions.add(session))
    server.on("stream", (stream) => {
      stream.on("error", () => undefined)
      const status = statuses[Math.min(requests++, statuses.length - 1)]
      if (status === "hang") return
      stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true })
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(status) }))
      stream.end(status === 0 ? Buffer.alloc(5) : undefined)
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.sync(() => {
          for (const session of sessions) session.destroy()
          server.close()
        })
    )
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests }
  })
