import { SystemError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ArtefactFile from "../../layers/ArtefactFile.js"
import * as Artefact from "../../src/Artefact.js"
import * as Candidate from "../../src/Candidate.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as Params from "../../src/Params.js"
import * as Tensor from "../../src/Tensor.js"

const rule = Hyperfunction.make("rule", {
  params: Params.struct({ level: Params.unbounded({ default: 0 }), weights: Params.vector(3) }),
  run: (params) => Effect.succeed(params.level)
})

const desk = HyperSystem.make("desk", { run: (_: number) => rule(), hyperfunctions: [rule] })

const tunedTo = (level: number) =>
  HyperSystem.withCandidate(
    desk,
    Candidate.set(Candidate.defaults(), rule, { level, weights: Tensor.from([level, level, 0.1]) })
  )

const bytesOf = (system: typeof desk) =>
  Effect.map(Artefact.encode(system), ({ json, weights }) => [json, [...weights]])

const loads = (level: number, path: string) =>
  Effect.gen(function* () {
    const loaded = yield* ArtefactFile.load(desk, path)
    assert.deepStrictEqual(yield* bytesOf(loaded), yield* bytesOf(tunedTo(level)))
  })

const full = new SystemError({ reason: "Unknown", module: "FileSystem", method: "write", description: "ENOSPC" })

/** A disk that fails at some call, after writing half of what it was given, or dies with it. */
const failing = (disk: FileSystem.FileSystem, at: number, dies: boolean) => {
  const calls = { count: 0 }
  const spoil = <A, E, R>(effect: Effect.Effect<A, E, R>, half: Effect.Effect<void, E, R>) =>
    Effect.suspend(() => {
      calls.count++
      if (calls.count === at) return Effect.zipRight(half, Effect.fail(full))
      return dies && calls.count > at ? Effect.fail(full) : effect
    })
  const watched = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (_, key) => {
        const member = Reflect.get(target, key, target)
        if (key === "sync") return spoil(Effect.void, Effect.void)
        if (typeof member !== "function") return member
        return (...args: ReadonlyArray<never>) => {
          const [data] = args as ReadonlyArray<unknown>
          const half = key === "writeAll" && data instanceof Uint8Array ? data.subarray(0, data.length / 2) : undefined
          const result = spoil(
            member.apply(target, args),
            half === undefined ? Effect.void : member.apply(target, [half])
          )
          return key === "open" ? Effect.map(result, (file) => watched(file as object)) : result
        }
      }
    })
  return { calls, disk: watched(disk) }
}

const saveOn = (disk: FileSystem.FileSystem, level: number, path: string) =>
  ArtefactFile.save(tunedTo(level), path).pipe(Effect.provideService(FileSystem.FileSystem, disk), Effect.exit)

const scratch = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  return { fs, folder: yield* fs.makeTempDirectoryScoped({ prefix: "hyperfunc-artefact-" }) }
})

const onDisk = Effect.provide(NodeFileSystem.layer)

describe("ArtefactFile", () => {
  it.scoped("saves JSON and weights side by side, in folders that it makes, and loads them", () =>
    Effect.gen(function* () {
      const { folder, fs } = yield* scratch
      const path = `${folder}/some/where/model.json`
      const paths = yield* ArtefactFile.save(tunedTo(1), path)
      assert.deepStrictEqual(paths, { json: path, weights: `${folder}/some/where/model.safetensors` })
      const artefact = yield* Artefact.encode(tunedTo(1))
      assert.strictEqual(yield* fs.readFileString(paths.json), artefact.json)
      assert.deepStrictEqual([...(yield* fs.readFile(paths.weights))], [...artefact.weights])
      yield* loads(1, path)
      yield* ArtefactFile.save(tunedTo(2), `${folder}/some/where/model`)
      yield* loads(2, path)
      assert.deepStrictEqual((yield* fs.readDirectory(`${folder}/some/where`)).sort(), [
        "model.json",
        "model.safetensors"
      ])
    }).pipe(onDisk)
  )

  it.scoped("saves into the working folder when the path has none", () =>
    Effect.gen(function* () {
      const { fs } = yield* scratch
      const made: Array<string> = []
      const disk = FileSystem.make({
        ...fs,
        makeDirectory: (path) => Effect.sync(() => made.push(path)),
        makeTempDirectory: (options) =>
          Effect.zipRight(
            Effect.sync(() => made.push(options!.directory!)),
            full
          )
      })
      assert.isTrue(Exit.isFailure(yield* saveOn(disk, 1, "model.json")))
      assert.deepStrictEqual(made, [".", "."])
    }).pipe(onDisk)
  )

  for (const dies of [false, true]) {
    it.scoped(`keeps what was there when the disk ${dies ? "dies" : "fails"} at any moment of a save`, () =>
      Effect.gen(function* () {
        const { folder, fs } = yield* scratch
        let failures = 0
        for (let at = 1; ; at++) {
          const path = `${folder}/${at}/model.json`
          yield* saveOn(failing(fs, Infinity, false).disk, 1, path)
          const { calls, disk } = failing(fs, at, dies)
          const exit = yield* saveOn(disk, 2, path)
          if (Exit.isFailure(exit)) {
            failures++
            const error = yield* Effect.flip(exit)
            assert.strictEqual(error.reason, "WriteFailed")
            assert.include(error.message, `${path}: it was not saved, and what was there before still is. `)
          }
          yield* loads(Exit.isFailure(exit) ? 1 : 2, path)
          if (Exit.isFailure(exit) && !dies) {
            const names = yield* fs.readDirectory(`${folder}/${at}`)
            assert.includeMembers(
              ["model.json", "model.safetensors"],
              names.filter((name) => !name.startsWith("."))
            )
          }
          yield* ArtefactFile.save(tunedTo(3), path)
          yield* loads(3, path)
          if (calls.count < at) break
        }
        assert.isAtLeast(failures, 10)
      }).pipe(onDisk)
    )
  }

  it.scoped("keeps what was there when the disk dies in one save after another", () =>
    Effect.gen(function* () {
      const { folder, fs } = yield* scratch
      for (let first = 1, again = true; again; first++) {
        for (let second = 1, more = true; more; second++) {
          const path = `${folder}/${first}-${second}/model.json`
          yield* saveOn(failing(fs, Infinity, false).disk, 1, path)
          const one = failing(fs, first, true)
          const afterOne = Exit.isSuccess(yield* saveOn(one.disk, 2, path)) ? 2 : 1
          const halfDone = yield* fs.exists(`${folder}/${first}-${second}/model.safetensors.previous`)
          const two = failing(fs, second, true)
          yield* loads(Exit.isSuccess(yield* saveOn(two.disk, 3, path)) ? 3 : afterOne, path)
          more = halfDone && two.calls.count >= second
          again = one.calls.count >= first
        }
      }
    }).pipe(onDisk)
  )

  it.scoped("keeps what was there when it is interrupted, and clears up", () =>
    Effect.gen(function* () {
      const { folder, fs } = yield* scratch
      const path = `${folder}/model.json`
      yield* ArtefactFile.save(tunedTo(1), path)
      const stuck = FileSystem.make({ ...fs, open: () => Effect.never })
      yield* Effect.raceFirst(saveOn(stuck, 2, path), Effect.asVoid(Effect.repeatN(Effect.yieldNow(), 1000)))
      yield* loads(1, path)
      assert.deepStrictEqual((yield* fs.readDirectory(folder)).sort(), ["model.json", "model.safetensors"])
    }).pipe(onDisk)
  )

  it.scoped("leaves nothing when a first save fails", () =>
    Effect.gen(function* () {
      const { folder, fs } = yield* scratch
      const path = `${folder}/model.json`
      const exit = yield* saveOn(FileSystem.make({ ...fs, open: () => Effect.fail(full) }), 1, path)
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(yield* fs.readDirectory(folder), [])
      const untuned = yield* Effect.flip(ArtefactFile.save(desk, path))
      assert.strictEqual(untuned.reason, "NotTuned")
      assert.deepStrictEqual(yield* fs.readDirectory(folder), [])
    }).pipe(onDisk)
  )

  it.scoped("refuses a file that is missing or cannot be read, and names it", () =>
    Effect.gen(function* () {
      const { folder, fs } = yield* scratch
      const path = `${folder}/model.json`
      const absent = yield* Effect.flip(ArtefactFile.load(desk, path))
      assert.strictEqual(absent.reason, "Unreadable")
      assert.strictEqual(
        absent.message,
        `${path}: there is no such file. Save the system first, and keep its two files together`
      )
      const { weights } = yield* ArtefactFile.save(tunedTo(1), path)
      yield* fs.remove(weights)
      assert.strictEqual((yield* Effect.flip(ArtefactFile.load(desk, path))).path, weights)
      yield* fs.makeDirectory(weights)
      const folderInstead = yield* Effect.flip(ArtefactFile.load(desk, path))
      assert.include(folderInstead.message, `${weights}: the file cannot be read. `)
    }).pipe(onDisk)
  )

  it.scoped("refuses damaged and mixed-up files, names them, and changes nothing", () =>
    Effect.gen(function* () {
      const { folder, fs } = yield* scratch
      const one = yield* ArtefactFile.save(tunedTo(1), `${folder}/one.json`)
      const two = yield* ArtefactFile.save(tunedTo(2), `${folder}/two.json`)
      yield* fs.copyFile(two.weights, one.weights)
      const mixed = yield* Effect.flip(ArtefactFile.load(desk, one.json))
      assert.strictEqual(mixed.reason, "Mismatch")
      assert.isTrue(mixed.message.startsWith(`${one.json}: the weights are not the ones`))
      yield* fs.truncate(two.weights, 100)
      const cut = yield* Effect.flip(ArtefactFile.load(desk, two.json))
      assert.strictEqual(cut.reason, "Corrupt")
      yield* fs.truncate(two.json, 100)
      assert.strictEqual((yield* Effect.flip(ArtefactFile.load(desk, two.json))).reason, "Unreadable")
      assert.deepStrictEqual((yield* fs.readDirectory(folder)).length, 4)
      assert.strictEqual((yield* fs.stat(two.json)).size, FileSystem.Size(100))
    }).pipe(onDisk)
  )
})
