import { spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import ts from "typescript"

const root = fileURLToPath(new URL("..", import.meta.url))

interface Block {
  /** File and line, as an editor wants it. */
  readonly at: string
  readonly language: string
  /** `ts fragment` is a part of a program, and need only parse. */
  readonly isFragment: boolean
  readonly code: string
}

const blocksOf = (file: string): Array<Block> => {
  const content = readFileSync(join(root, file), "utf8")
  return Array.from(
    content.matchAll(/^ *```(\w+)(.*)\n([\s\S]*?)^ *```$/gm),
    ({ 1: language, 2: mark, 3: code, index }) => ({
      at: `${file}:${content.slice(0, index).split("\n").length}`,
      language,
      isFragment: mark.trim() === "fragment",
      code
    })
  )
}

const documents = ["README.md", ...readdirSync(join(root, "docs")).map((file) => `docs/${file}`)]
const programs = documents
  .filter((file) => file.endsWith(".md"))
  .flatMap(blocksOf)
  .filter(({ language }) => ["ts", "typescript"].includes(language))

/** One of the `exports` of package.json: null hides, a string is a file that is not code. */
type Target = { readonly types: string } | string | null

/** What the package exports, found in the sources instead of the build. */
const paths = (): Record<string, Array<string>> => {
  const { exports, name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const sourceOf = (target: Target) =>
    target === null || typeof target === "string"
      ? "./not-exported"
      : target.types.replace("./dist/", "./").replace(".d.ts", ".ts")
  return Object.fromEntries(
    Object.entries<Target>(exports).map(([path, target]) => [`${name}${path.slice(1)}`, [join(root, sourceOf(target))]])
  )
}

const options: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config, ts.sys, root)
    .options,
  declaration: false,
  paths: paths()
}

/** What the compiler says of each file, with all of them in one program. */
const faultsOf = (files: ReadonlyMap<string, Block>): Array<string> => {
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile, readFile } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.readFile = (path) => files.get(path)?.code ?? readFile(path)
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const block = files.get(path)
    return block === undefined
      ? getSourceFile(path, languageVersion, ...rest)
      : ts.createSourceFile(path, block.code, languageVersion, true)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  return Array.from(files).flatMap(([path, { at, isFragment }]) => {
    const file = program.getSourceFile(path)
    const syntax = program.getSyntacticDiagnostics(file)
    const found = isFragment || syntax.length > 0 ? syntax : program.getSemanticDiagnostics(file)
    return found.map(({ messageText, start }) => {
      const line = start === undefined || file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1
      return `${at}, line ${line} of the block: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`
    })
  })
}

const named = (blocks: ReadonlyArray<Block>) =>
  new Map(blocks.map((block, k) => [join(root, `document-block-${k}.ts`), block]))

describe("a block of TypeScript in the README or in docs", () => {
  it("is a whole program with its imports, or says that it is a fragment", () => {
    assert.isAtLeast(programs.length, 4)
    const unmarked = programs.filter(({ code, isFragment }) => !isFragment && !/^import /m.test(code))
    assert.deepStrictEqual(
      unmarked.map(({ at }) => at),
      [],
      "write its imports, or begin it with ```ts fragment"
    )
  })

  it("type-checks as it would for who copies it, against nothing but what the package exports", () => {
    const wrong = [
      'import { Params } from "hyperfunc"\nParams.bounded({ min: 0 })\n',
      'import * as Node from "hyperfunc/internal/node"\nvoid Node\n',
      'import * as Kernels from "hyperfunc/layers/kernels/wasm"\nvoid Kernels\n',
      "const = 1\n"
    ].map((code, k) => ({ at: `wrong ${k}`, language: "ts", isFragment: k === 3, code }))
    const faults = faultsOf(named([...programs, ...wrong]))
    assert.deepStrictEqual(
      faults.filter((fault) => !fault.startsWith("wrong")),
      []
    )
    for (const { at } of wrong)
      assert.isTrue(
        faults.some((fault) => fault.startsWith(at)),
        at
      )
  }, 120_000)
})

describe("the first program of the README", () => {
  it.effect(
    "prints what the README says, as it stands there",
    () =>
      Effect.gen(function* () {
        const blocks = blocksOf("README.md")
        const first = blocks.findIndex(({ language }) => language === "ts")
        assert.strictEqual(blocks[first + 1].language, "text")

        const fileSystem = yield* FileSystem.FileSystem
        const folder = yield* fileSystem.makeTempDirectoryScoped({ prefix: "hyperfunc-readme-" })
        yield* fileSystem.symlink(join(root, "node_modules"), join(folder, "node_modules"))
        yield* fileSystem.writeFileString(join(folder, "package.json"), '{ "type": "module" }')
        const config = { compilerOptions: { module: "NodeNext", paths: paths() } }
        yield* fileSystem.writeFileString(join(folder, "tsconfig.json"), JSON.stringify(config))
        yield* fileSystem.writeFileString(join(folder, "first.ts"), blocks[first].code)

        const output = yield* Effect.promise((signal) => {
          const child = spawn(process.execPath, ["--import", "tsx", "first.ts"], { cwd: folder, signal })
          return Promise.all([text(child.stdout), text(child.stderr)])
        })
        assert.deepStrictEqual(output, [blocks[first + 1].code, ""])
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
    60_000
  )
})
