/** What a test asks a page in a browser, where it is run: `looks.contrasts()` and the others. */

/** Contrast by WCAG 2.1 of every text of the page with what is behind it, least first. */
const contrasts = () => {
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = ([r, g, b]) => {
    const [red, green, blue] = [r, g, b].map((value) => {
      const share = value / 255
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const behind = (element) => {
    const colour = element === null ? [255, 255, 255] : channels(getComputedStyle(element).backgroundColor)
    return element !== null && colour[3] === 0 ? behind(element.parentElement) : colour
  }
  const texts = Array.from(
    document.querySelectorAll("h1, h2, h3, p, dt, dd, th, td, caption, summary, ins, del, .good, .bad, svg text")
  )
  return texts
    .filter((element) => element.getClientRects().length > 0 && (element.textContent ?? "").trim() !== "")
    .map((element) => {
      const style = getComputedStyle(element)
      const ink = luminance(channels(element instanceof SVGElement ? style.fill : style.color))
      const ground = luminance(behind(element))
      const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05)
      return { ratio, tag: element.tagName, text: (element.textContent ?? "").slice(0, 40) }
    })
    .sort((a, b) => a.ratio - b.ratio)
}

/** Texts of charts that stick out of them or lie upon another. */
const collisions = () =>
  Array.from(document.querySelectorAll("svg")).flatMap((svg) => {
    const frame = svg.getBoundingClientRect()
    if (frame.width === 0) return []
    const boxes = Array.from(svg.querySelectorAll("text"), (text) => ({
      text: text.textContent ?? "",
      box: text.getBoundingClientRect()
    })).filter(({ text }) => text !== "")
    const outside = boxes.filter(({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1)
    const upon = boxes.filter(({ box }, k) =>
      boxes
        .slice(k + 1)
        .some(
          (other) =>
            box.left < other.box.right - 2 &&
            other.box.left < box.right - 2 &&
            box.top < other.box.bottom - 3 &&
            other.box.top < box.bottom - 3
        )
    )
    return [...outside, ...upon].map(({ text }) => text)
  })

/** How large each figure's visible charts are, as a percentage of what they were drawn for. */
const scales = () =>
  Array.from(document.querySelectorAll("figure"), (figure) =>
    Array.from(figure.querySelectorAll("svg"))
      .filter((svg) => svg.getClientRects().length > 0)
      .map((svg) => Math.round((100 * svg.getBoundingClientRect().width) / Number(svg.getAttribute("width"))))
  )

const width = () => document.documentElement.scrollWidth

const ground = () => getComputedStyle(document.body).backgroundColor

globalThis.looks = { contrasts, collisions, scales, width, ground }
