import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import ts from "typescript"

const root = fileURLToPath(new URL("../..", import.meta.url))

const options: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2022,
  verbatimModuleSyntax: true
}

const imported = (file: string, source: string): ReadonlyArray<string> =>
  ts
    .preProcessFile(source)
    .importedFiles.flatMap(({ fileName }) =>
      fileName.startsWith(".") ? [join(dirname(file), fileName.replace(/\.js$/, ".ts"))] : []
    )

const compile = async (entry: string, folder: string): Promise<void> => {
  const files = new Set([entry])
  for (const file of files) {
    const { outputText } = ts.transpileModule(await readFile(file, "utf8"), { compilerOptions: options })
    const target = join(folder, relative(root, file).replace(/\.ts$/, ".js"))
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, outputText)
    for (const next of imported(file, outputText)) files.add(next)
  }
  await writeFile(join(folder, "package.json"), '{ "type": "module" }')
  await symlink(join(root, "node_modules"), join(folder, "node_modules"))
}

/** A program in JavaScript, with all that it imports: it starts faster than one that is compiled when it starts. */
export const compiled = (entry: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const folder = await mkdtemp(join(tmpdir(), "hyperfunc-compiled-"))
      await compile(join(root, entry), folder)
      return { folder, program: join(folder, entry.replace(/\.ts$/, ".js")) }
    }),
    ({ folder }) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
  ).pipe(Effect.map(({ program }) => program))
