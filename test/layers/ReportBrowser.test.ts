import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterAll, assert, describe, it } from "@effect/vitest"
import sparticuz from "@sparticuz/chromium"
import * as Effect from "effect/Effect"
import { type Browser, chromium, type Page } from "playwright-core"
import * as Report from "../../layers/Report.js"
import * as LoggedRun from "../../src/LoggedRun.js"
import { events, hostile, large } from "../utils/logged.js"

const out = fileURLToPath(new URL("../../out/report/", import.meta.url))

/** Chromium, if it starts here: some systems lack the libraries that it needs. */
const started = await Effect.runPromise(
  Effect.either(
    Effect.tryPromise(async (): Promise<Browser> => {
      const args = sparticuz.args.filter((flag) => flag !== "--single-process")
      return chromium.launch({
        executablePath: await sparticuz.executablePath(),
        args,
        headless: true,
        timeout: 30_000
      })
    })
  )
)

afterAll(() => (started._tag === "Right" ? started.right.close() : undefined))

const pages = {
  whole: Effect.map(LoggedRun.make(events), Report.make),
  hostile: Effect.sync(() => Report.make(hostile)),
  large: Effect.sync(() => Report.make(large(1000, 6400)))
}

const views = [1280, 390].flatMap((width) => (["light", "dark"] as const).map((scheme) => ({ width, scheme })))

const looks = readFileSync(new URL("../utils/looks.js", import.meta.url), "utf8")

interface Contrast {
  readonly ratio: number
  readonly tag: string
  readonly text: string
}

/** What a page that has been opened says of itself. */
const ask = <A>(page: Page, what: string): Effect.Effect<A> => Effect.promise(() => page.evaluate<A>(`looks.${what}()`))

/** The page as a reader sees it who has no network. */
const open = (browser: Browser, html: string, { scheme, width }: (typeof views)[number]) =>
  Effect.gen(function* () {
    mkdirSync(out, { recursive: true })
    const file = `${out}page.html`
    writeFileSync(file, html)
    const page = yield* Effect.acquireRelease(
      Effect.promise(() => browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme })),
      (page) => Effect.promise(() => page.close())
    )
    const complaints: Array<string> = []
    const requests: Array<string> = []
    page.on("console", (message) => complaints.push(message.text()))
    page.on("pageerror", (error) => complaints.push(error.message))
    page.on("dialog", (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    const address = pathToFileURL(file).href
    yield* Effect.promise(() =>
      page.route("**/*", (route) => {
        if (route.request().url() === address) return route.continue()
        requests.push(route.request().url())
        return route.abort()
      })
    )
    yield* Effect.promise(() => page.goto(address))
    yield* Effect.promise(() => page.evaluate(looks))
    return { page, complaints, requests }
  })

describe.skipIf(started._tag === "Left")("a report in a browser", () => {
  for (const [name, html] of Object.entries(pages)) {
    for (const view of views) {
      it.scopedLive(
        `is readable, quiet and in one piece: ${name}, ${view.width} pixels wide, ${view.scheme}`,
        () =>
          Effect.gen(function* () {
            const browser = yield* started
            const { complaints, page, requests } = yield* open(browser, yield* html, view)
            const widest = yield* ask<number>(page, "width")
            assert.isAtMost(widest, view.width, "the page scrolls sideways")
            const [least] = yield* ask<ReadonlyArray<Contrast>>(page, "contrasts")
            assert.isAtLeast(least.ratio, 4.5, `${least.tag}: ${least.text}`)
            assert.deepStrictEqual(yield* ask<ReadonlyArray<string>>(page, "collisions"), [])
            const ground = yield* ask<string>(page, "ground")
            assert.strictEqual(ground, view.scheme === "light" ? "rgb(255, 255, 255)" : "rgb(21, 24, 28)")
            const picture = yield* Effect.promise(() =>
              page.screenshot({ path: `${out}${name}-${view.width}-${view.scheme}.png` })
            )
            assert.isAbove(picture.length, 5000)
            assert.deepStrictEqual([complaints, requests], [[], []])
          }),
        60_000
      )
    }
  }

  it.scopedLive("shows each chart once, and in the size that it was drawn in, on every width", () =>
    Effect.gen(function* () {
      const browser = yield* started
      for (const view of views) {
        const { page } = yield* open(browser, yield* pages.whole, view)
        const shown = yield* ask<ReadonlyArray<ReadonlyArray<number>>>(page, "scales")
        assert.isAbove(shown.length, 4)
        for (const scales of shown) {
          assert.lengthOf(scales, 1)
          assert.isAtLeast(scales[0], 97)
        }
      }
    })
  )
})

if (started._tag === "Left") {
  describe("a report in a browser", () => {
    it.skip(`is not looked at here, for no browser starts: ${String(started.left).slice(0, 300)}`, () => {})
  })
}
