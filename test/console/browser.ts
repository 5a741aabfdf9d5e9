/**
 * Watches a real browser: an error in its console or network is a failure.
 *
 * @module
 */

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core'

/** The shell has the same engine without the windows, and takes two thirds of the CPU. */
const CHROMIUM = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(existsSync)

/** Reason to skip the tests of the console on this machine, or false. */
export const NO_BROWSER = CHROMIUM === undefined && 'there is no Chromium here'

/** Nothing of it asks anybody but the page's own server. */
const QUIET = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-quic',
  '--disable-gpu',
]

/** The first start on a busy machine can take longer than any limit, so this has none. */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM ?? '', args: QUIET, timeout: 0 })

/** Maximum wait for one event of a page. It ends a wait for an event that never comes, so that the next part runs. */
export const PATIENCE_MS = 300_000

export type Theme = 'light' | 'dark'

/** Time zone of every browser. It differs from UTC, and its clocks change. */
const TIME_ZONE = 'Europe/Berlin'

/** How a visitor looks at the console. */
export type Look = Readonly<{ theme?: Theme; width?: number; height?: number }>

/** A page with a profile of its own, and what went wrong in it so far. */
export type Visitor = Readonly<{
  page: Page
  context: BrowserContext
  troubles: string[]
  /** Answers that are errors, as they should be: each is expected once. */
  expect: (status: number) => void
  /** Forgets errors and unloads the page, so that the next part loads it again. */
  reset: () => Promise<void>
}>

export async function visitor(
  browser: Browser,
  { theme = 'light', width = 1280, height = 900 }: Look = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    colorScheme: theme,
    reducedMotion: 'reduce',
    timezoneId: TIME_ZONE,
    viewport: { width, height },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  const troubles: string[] = []
  const expected: number[] = []
  page.setDefaultTimeout(PATIENCE_MS)
  page.on('pageerror', error => troubles.push(`thrown: ${error.message}`))
  page.on('console', message => {
    const isRefusal = /Failed to load resource/.test(message.text())
    if (['error', 'warning'].includes(message.type()) && !isRefusal)
      troubles.push(`console: ${message.text()}`)
  })
  page.on('requestfailed', request => {
    const why = request.failure()?.errorText
    if (why !== 'net::ERR_ABORTED') troubles.push(`network: ${request.url()} ${why}`)
  })
  page.on('response', response => {
    if (response.status() < 400) return
    const at = expected.indexOf(response.status())
    if (at === -1) troubles.push(`${response.status()} ${response.url()}`)
    else expected.splice(at, 1)
  })
  return {
    page,
    context,
    troubles,
    expect: status => expected.push(status),
    reset: async () => {
      await page.goto('about:blank')
      await page.emulateMedia({ colorScheme: theme })
      troubles.length = 0
      expected.length = 0
    },
  }
}

/**
 * Returns the URL of a file of the console that is no page. A page of the console sends requests of its own at any time.
 *
 * @param origin - of the gateway that serves the console
 */
export async function fileOfConsole(origin: string): Promise<string> {
  const home = `${origin}/console/`
  const html = await (await fetch(home)).text()
  const [, icon = ''] = /<link rel="icon"[^>]* href="([^"]+)"/.exec(html) ?? []
  return new URL(icon, home).href
}

type Violation = Readonly<{
  id: string
  nodes: readonly Readonly<{ html: string }>[]
}>

type Axe = Readonly<{
  run: (root: unknown, options: object) => Promise<Readonly<{ violations: readonly Violation[] }>>
}>

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Waits for transitions to end: in the middle of one, two colors can have too little contrast. */
const AT_REST = `Promise.allSettled(
  document.getAnimations()
    .filter(({ effect, playState }) =>
      playState === 'running' && Number.isFinite(effect.getComputedTiming().endTime))
    .map(({ finished }) => finished),
).then(() => undefined)`

/** Height in which axe-core sees a whole dialog. It takes labels that are scrolled out of it for hidden ones. */
const WHOLE_DIALOG = 3_000

/** The only rule whose result depends on the theme. */
const THEME_RULES = ['color-contrast']

/** Returns what {@link violations} returns, without what it returns in every theme. */
export const contrastViolations = (page: Page) => violations(page, THEME_RULES)

/**
 * Returns all violations that axe-core finds, each with its first element. No rule that runs
 * needs the style sheets that axe-core would fetch and parse before each run.
 *
 * @param place - a page, or an element of it, such as a dialog before a page that is checked without it
 * @param rules - by default those that axe-core runs by default
 */
export async function violations(
  place: Page | Locator,
  rules?: readonly string[],
): Promise<string[]> {
  const isPage = 'goto' in place
  const [page, root] = isPage ? [place, place.locator('html')] : [place.page(), place]
  const size = page.viewportSize()
  if (!isPage && size) await page.setViewportSize({ ...size, height: WHOLE_DIALOG })
  // The frame of the console is there before its page has loaded.
  if (isPage) await page.locator('h1').first().waitFor()
  await page.evaluate(AT_REST)
  if (await page.evaluate("!('axe' in window)")) await page.evaluate(AXE)
  const options = { preload: false, resultTypes: ['violations'], ...(rules && { runOnly: rules }) }
  const found = await root.evaluate(async (root, options) => {
    const { axe } = globalThis as unknown as Readonly<{ axe: Axe }>
    return (await axe.run(root, options)).violations
  }, options)
  if (!isPage && size) await page.setViewportSize(size)
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} (${nodes.length})`)
}

/** Words of prose. Of 28 access keys, one is of letters alone: 20 of them. */
export const PROSE = /(?<!\S)\p{L}{2,19}(?=[.,:;!?)]?(\s|$))/gu

/**
 * Returns the words of prose that a line break cuts in two. Addresses, IDs, and other long names may be cut.
 */
export const cutWords = (page: Page): Promise<string[]> =>
  page.evaluate(`(async () => {
    // Tables take their widths in the frame after the window has another one, and in that after their fonts are there.
    await document.fonts.ready
    for (let n = 0; n < 3; n += 1) await new Promise(requestAnimationFrame)
    const cut = new Set()
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      if (!text.parentElement.checkVisibility()) continue
      for (const { index, 0: word } of text.data.matchAll(${PROSE})) {
        const range = document.createRange()
        range.setStart(text, index)
        range.setEnd(text, index + word.length)
        const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)))
        if (lines.size > 1) cut.add(word)
      }
    }
    return [...cut]
  })()`)
