import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { TracerError } from "../../services/Tracer.js"

/** @internal */
export interface Endpoint {
  /** Without credentials. */
  readonly url: string
  readonly headers: Readonly<Record<string, Redacted.Redacted>>
}

/**
 * Basic authentication.
 *
 * @internal
 */
export const basic = (user: string, password: string): Redacted.Redacted =>
  Redacted.make(`Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`)

const invalid = (detail: string, cure: string): Either.Either<never, TracerError> =>
  Either.left(new TracerError({ reason: "InvalidEndpoint", detail, cure }))

const decoded = Option.liftThrowable(decodeURIComponent)

/** None where an escape is malformed. */
const authorizationOf = ({ password, username }: URL): Option.Option<Endpoint["headers"]> =>
  username === "" && password === ""
    ? Option.some({})
    : Option.map(Option.all([decoded(username), decoded(password)]), (credentials) => ({
        authorization: basic(...credentials)
      }))

/**
 * Where telemetry goes: `host:port` is taken as HTTP, a base URL gets the path that the protocol has for a signal, if it
 * has one, and user info becomes a header.
 *
 * @internal
 */
export const parse = (
  endpoint: string,
  path: "/v1/traces" | "/v1/metrics" | "/" = "/v1/traces"
): Either.Either<Endpoint, TracerError> => {
  const trimmed = endpoint.trim()
  const text = /^[\w+.-]+:\/\//.test(trimmed) ? trimmed : `http://${trimmed}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const cure = `Write it as in http://localhost:${path === "/" ? 4317 : 4318}`
    return invalid("the endpoint of the collector is no address of HTTP", cure)
  }
  const authorization = authorizationOf(url)
  if (Option.isNone(authorization)) {
    const cure = "Write a percent sign in the user or the password as %25"
    return invalid("the credentials in the endpoint of the collector are not percent-encoded", cure)
  }
  url.username = ""
  url.password = ""
  if (!url.pathname.endsWith(path)) url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`
  return Either.right({ url: url.href, headers: authorization.value })
}
