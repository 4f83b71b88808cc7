import * as Schema from "effect/Schema"

const isFloat32Array = (value: unknown): value is Float32Array => value instanceof Float32Array

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** A copy, from the byte order of this machine to little-endian or back. */
export const swapped = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(bytes)
  if (!littleEndian) {
    for (let i = 0; i < out.length; i += 4) {
      out.subarray(i, i + 4).reverse()
    }
  }
  return out
}

/** Base64 whose failures do not repeat the text. */
export const Bytes = Schema.Uint8ArrayFromBase64.annotations({
  message: () => ({ message: "Expected base64 text", override: true })
})

/** A float32 vector held in memory; printed by its length only. */
const Float32ArrayFromSelf = Schema.declare(isFloat32Array, {
  identifier: "Float32ArrayFromSelf",
  pretty: () => (array) => `Float32Array(${array.length})`
})

/** A float32 vector as base64 of its little-endian bytes: encoding and decoding keep every bit. */
export const Float32ArrayFromBase64 = Bytes.pipe(
  Schema.filter((bytes) => bytes.length % 4 === 0, {
    message: () => ({ message: "Expected base64 text of whole float32 numbers", override: true })
  }),
  Schema.transform(Float32ArrayFromSelf, {
    strict: true,
    decode: (bytes) => new Float32Array(swapped(bytes).buffer),
    encode: (array) => swapped(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  })
)
