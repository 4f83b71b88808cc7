import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { scrub } from "../../src/internal/secrets.js"

/** @internal */
export interface Partial {
  readonly rejected: number
  readonly message: string
}

const some = (rejected: number, message: string): Option.Option<Partial> =>
  rejected > 0 || message !== "" ? Option.some({ rejected, message: scrub(message.slice(0, 1000)) }) : Option.none()

const fromJson = (bytes: Uint8Array): Option.Option<Partial> => {
  const body: unknown = JSON.parse(new TextDecoder().decode(bytes))
  const partial = Predicate.hasProperty(body, "partialSuccess") ? body.partialSuccess : undefined
  if (!Predicate.isRecord(partial)) return Option.none()
  const rejected = Number(partial.rejectedSpans ?? 0)
  const message = partial.errorMessage
  return some(Number.isFinite(rejected) ? rejected : 0, typeof message === "string" ? message : "")
}

/** The fields of a message in protobuf's wire format: numbers of varints, bytes of what has a length. */
const fieldsOf = (bytes: Uint8Array): ReadonlyMap<number, number | Uint8Array> => {
  const fields = new Map<number, number | Uint8Array>()
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 1; at < bytes.length; shift *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * shift
      if (byte < 128) break
    }
    return value
  }
  while (at < bytes.length) {
    const key = varint()
    const wire = key & 7
    if (wire === 0) fields.set(key >> 3, varint())
    else if (wire === 2) {
      const length = varint()
      fields.set(key >> 3, bytes.subarray(at, (at += length)))
    } else at += wire === 1 ? 8 : 4
  }
  return fields
}

const fromProtobuf = (bytes: Uint8Array): Option.Option<Partial> => {
  const partial = fieldsOf(bytes).get(1)
  if (!(partial instanceof Uint8Array)) return Option.none()
  const fields = fieldsOf(partial)
  const rejected = fields.get(1)
  const message = fields.get(2)
  return some(
    typeof rejected === "number" ? rejected : 0,
    message instanceof Uint8Array ? new TextDecoder().decode(message) : ""
  )
}

/**
 * What a collector did not take of what it was sent, from the body of its answer.
 *
 * @internal
 */
export const partialOf = (contentType: string, bytes: Uint8Array): Option.Option<Partial> => {
  try {
    if (bytes.length === 0) return Option.none()
    return contentType.includes("json") ? fromJson(bytes) : fromProtobuf(bytes)
  } catch {
    return Option.none()
  }
}
