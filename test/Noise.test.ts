import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Noise from "../src/Noise.js"

const key: Noise.Key = { seed: 7, generation: 3, pair: 5, block: Noise.blockId("hidden") }

const normals = (options: Partial<Noise.Key>, count = 64): Float32Array => {
  const out = new Float32Array(count)
  Noise.normals({ ...key, ...options }, out)
  return out
}

const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  const central = (power: number) => values.reduce((sum, x) => sum + (x - mean) ** power, 0) / values.length
  const variance = central(2)
  return { mean, variance, skewness: central(3) / variance ** 1.5, kurtosis: central(4) / variance ** 2 }
}

describe("Noise", () => {
  it.each([
    { counter: [0, 0, 0, 0], words: [0, 0], expected: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      words: [0xffffffff, 0xffffffff],
      expected: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      words: [0xa4093822, 0x299f31d0],
      expected: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]
    }
  ])("Philox4x32-10 gives the known answer of Random123 for the counter $counter", ({ counter, expected, words }) => {
    const out = new Int32Array(4)
    const [c0, c1, c2, c3] = counter
    Noise.philox4x32(c0!, c1!, c2!, c3!, words[0], words[1], out)
    assert.deepStrictEqual(
      Array.from(out, (word) => word >>> 0),
      expected
    )
  })

  it("normals are the Box-Muller transform of the Philox words", () => {
    const words = new Int32Array(4)
    Noise.philox4x32(2, key.block, key.pair, key.generation, key.seed, 0, words)
    const expected = [0, 2].flatMap((i) => {
      const radius = Math.sqrt(-2 * Math.log(((words[i] >>> 8) + 1) * 2 ** -24))
      const angle = (Math.PI / 2) * ((words[i + 1] << 1) >> 8) * 2 ** -23
      const sign = words[i + 1] < 0 ? -1 : 1
      return [sign * radius * Math.cos(angle), sign * radius * Math.sin(angle)]
    })
    normals({}, 12)
      .slice(8)
      .forEach((value, i) => assert.closeTo(value, expected[i], 1e-6))
  })

  it("these normals never change, or saved runs would not repeat", () => {
    assert.deepStrictEqual(
      Array.from(normals({ seed: 1, generation: 0, pair: 0, block: 0 }, 5)),
      [-0.3804006576538086, 0.29627788066864014, -0.24923346936702728, -1.00383722782135, -0.6269477605819702]
    )
  })

  it.prop(
    "any slice of a stream holds the same bits as the whole",
    [FastCheck.integer({ min: 0, max: 40 }), FastCheck.integer({ min: 0, max: 40 }), FastCheck.nat(5)],
    ([start, count, offset]) => {
      const slice = new Float32Array(offset + count + 1).fill(9)
      Noise.normals(key, slice, offset, count, start)
      const draws = new Float32Array(offset + count + 1).fill(9)
      Noise.uniforms(key, draws, offset, count, start)
      const uniform = new Float32Array(100)
      Noise.uniforms(key, uniform)
      const untouched = new Array<number>(offset).fill(9)
      assert.deepStrictEqual(Array.from(slice), [...untouched, ...normals({}, 100).subarray(start, start + count), 9])
      assert.deepStrictEqual(Array.from(draws), [...untouched, ...uniform.subarray(start, start + count), 9])
    }
  )

  it("every part of the key, and each half of the seed, makes another stream", () => {
    const streams = [
      {},
      { seed: 0 },
      { seed: -7 },
      { seed: 7 + 2 ** 32 },
      { seed: Number.MAX_SAFE_INTEGER },
      { seed: Number.MIN_SAFE_INTEGER },
      { generation: 4 },
      { pair: 6 },
      { block: Noise.blockId("output") },
      { generation: 5, pair: 3 }
    ].map((options) => normals(options).join())
    assert.strictEqual(new Set(streams).size, streams.length)
  })

  it("seed 0 is a seed like any other", () => {
    assert.deepStrictEqual(normals({ seed: 0 }), normals({ seed: 0 }))
    assert.closeTo(moments(normals({ seed: 0 }, 10_000)).variance, 1, 0.05)
  })

  it.each([0, 1, -1, 2 ** 40])("a million normals of seed %d have the moments of the Gaussian", (seed) => {
    const { kurtosis, mean, skewness, variance } = moments(normals({ seed }, 1 << 20))
    assert.closeTo(mean, 0, 0.005)
    assert.closeTo(variance, 1, 0.007)
    assert.closeTo(skewness, 0, 0.012)
    assert.closeTo(kurtosis, 3, 0.025)
  })

  it("normals have the Gaussian's tails and are finite", () => {
    const values = normals({}, 1 << 20)
    const beyond = (limit: number) => values.filter((value) => Math.abs(value) > limit).length / values.length
    assert.isTrue(values.every(Number.isFinite))
    assert.closeTo(beyond(1), 0.3173, 0.003)
    assert.closeTo(beyond(2), 0.0455, 0.0015)
    assert.closeTo(beyond(3), 0.0027, 0.0004)
  })

  it("neighbouring elements, pairs and generations do not correlate", () => {
    const base = normals({}, 1 << 18)
    const others = [normals({ pair: 6 }, 1 << 18), normals({ generation: 4 }, 1 << 18), base.map((_, i) => base[i ^ 1])]
    for (const other of others) {
      assert.closeTo(base.reduce((sum, x, i) => sum + x * other[i], 0) / base.length, 0, 0.01)
      assert.closeTo(base.reduce((sum, x, i) => sum + x * x * other[i] * other[i], 0) / base.length, 1, 0.03)
    }
  })

  it("uniforms fill [0, 1) evenly", () => {
    const values = new Float32Array(1 << 18)
    Noise.uniforms(key, values)
    assert.isTrue(values.every((value) => value >= 0 && value < 1))
    assert.closeTo(moments(values).mean, 0.5, 0.003)
    assert.closeTo(moments(values).variance, 1 / 12, 0.001)
  })

  it("a block's number is FNV-1a of its path", () => {
    assert.strictEqual(Noise.blockId(""), 0x811c9dc5)
    assert.strictEqual(Noise.blockId("a"), 0xe40c292c)
    assert.strictEqual(Noise.blockId("foobar"), 0xbf9cf968)
  })

  it("mix depends on every integer, on their order and on their number", () => {
    const seeds = [
      [],
      [0],
      [0, 0],
      [1],
      [-1],
      [1, 2],
      [2, 1],
      [2 ** 32 + 1],
      ...Array.from({ length: 1000 }, (_, i) => [3, i, 1])
    ].map((integers) => Noise.mix(...integers))
    assert.strictEqual(new Set(seeds).size, seeds.length)
    assert.isTrue(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32))
  })
})

describe("Noise.sampleIndices", () => {
  const batches = (total: number, count: number, generations: number, seed = 1): Array<Array<number>> =>
    Array.from({ length: generations }, (_, generation) =>
      Array.from(Noise.sampleIndices({ seed, generation }, total, count))
    )

  it.prop(
    "a batch is ascending, in range and without repeats",
    [FastCheck.integer({ min: 1, max: 50 }), FastCheck.integer({ min: 0, max: 60 }), FastCheck.nat(1000)],
    ([total, count, generation]) => {
      const batch = Array.from(Noise.sampleIndices({ seed: 4, generation }, total, count))
      assert.strictEqual(batch.length, Math.min(total, count))
      assert.isTrue(batch.every((index, i) => index >= 0 && index < total && (i === 0 || batch[i - 1] < index)))
    }
  )

  it.prop(
    "every example is seen once before any is seen twice",
    [FastCheck.integer({ min: 1, max: 30 }), FastCheck.integer({ min: 1, max: 30 })],
    ([total, count]) => {
      const seen = new Array<number>(total).fill(0)
      for (const batch of batches(total, Math.min(total, count), total)) {
        batch.forEach((index) => seen[index]++)
        assert.isAtMost(Math.max(...seen) - Math.min(...seen), 1)
      }
    }
  )

  it("each epoch has another order, and so has each seed", () => {
    const [first, second] = [batches(100, 10, 10), batches(100, 10, 20).slice(10)]
    assert.deepStrictEqual(
      first.flat().sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i)
    )
    assert.notDeepEqual(first, second)
    assert.notDeepEqual(first, batches(100, 10, 10, 2))
    assert.deepStrictEqual(first, batches(100, 10, 10))
  })

  it("every example is as likely as another to open an epoch", () => {
    const counts = new Array<number>(5).fill(0)
    for (let seed = 0; seed < 5000; seed++) {
      counts[Noise.sampleIndices({ seed, generation: 0 }, 5, 1)[0]]++
    }
    counts.forEach((count) => assert.closeTo(count, 1000, 130))
  })

  it("a batch of all, or more, is all; a batch of none is empty", () => {
    assert.deepStrictEqual(batches(3, 3, 1), [[0, 1, 2]])
    assert.deepStrictEqual(batches(3, 9, 1), [[0, 1, 2]])
    assert.deepStrictEqual(batches(3, 0, 1), [[]])
    assert.deepStrictEqual(batches(0, 3, 1), [[]])
  })
})
