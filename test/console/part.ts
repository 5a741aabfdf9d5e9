/**
 * Defines a part of the journey, and the steps that parts share.
 *
 * @module
 */

import { readFile } from 'node:fs/promises'
import type { Browser, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { Key } from '../../src/cli/demo-guide.ts'
import {
  contrastViolations,
  fileOfConsole,
  PATIENCE_MS,
  type Visitor,
  violations,
  visitor,
} from './browser.ts'
import type { Demo } from './demo.ts'

export type Journey = Readonly<{
  demo: Demo
  /** Browser of the administrator, signed in. */
  admin: Visitor
  /** Browser of a person who signs in and out. */
  guest: Visitor
}>

/**
 * A part of the journey. It opens its own page and creates what it needs, so that it also runs after
 * another part failed.
 */
export type Part = Readonly<{ name: string; run: (t: Test, journey: Journey) => Promise<void> }>

/** Opens a page in a new browser profile and signs in there. */
export async function signedIn(browser: Browser, demo: Demo, key: Key, path: string) {
  const visit = await visitor(browser)
  await open(visit.page, demo, path)
  await signIn(visit.page, key)
  return visit
}

export async function signIn(page: Page, { accessKeyId, secretAccessKey }: Key): Promise<void> {
  await page.getByLabel('Access key ID').fill(accessKeyId)
  await page.getByLabel('Secret access key').fill(secretAccessKey)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Shows the sign-in page at an address. Loads the console unless the person has signed out in it. */
export async function signOut({ page, context }: Visitor, demo: Demo, path: string) {
  await context.clearCookies()
  if (await page.getByRole('heading', { name: 'Sign in' }).isVisible()) await open(page, demo, path)
  else {
    // Otherwise the console asks whether the session continues. Only a page of the console has its local storage.
    if (!isLoaded(page, demo)) await page.goto(await fileOfConsole(demo.controlUrl))
    await page.evaluate('localStorage.clear()')
    await page.goto(addressOf(demo, path))
  }
}

/** Opens a page of the console: loads it from its address, or goes there if the console is loaded. */
export async function open(page: Page, demo: Demo, path: string): Promise<void> {
  const address = addressOf(demo, path)
  if (!isLoaded(page, demo)) await page.goto(address)
  else
    await page.evaluate(
      `history.pushState({ index: (history.state?.index ?? 0) + 1 }, '', '${address}')
      dispatchEvent(new PopStateEvent('popstate'))`,
    )
}

const isLoaded = (page: Page, { controlUrl }: Demo) => page.url().startsWith(controlUrl)

const addressOf = ({ controlUrl }: Demo, path: string) => `${controlUrl}/console${path}`

/** Returns the dialog in front of the page. */
export const dialogOf = (page: Page) => page.getByRole('dialog').filter({ visible: true })

/** Returns the heading of the page, if it has the focus. */
export const focusedHeading = (page: Page, text: string | RegExp) =>
  page.locator('h1:focus', { hasText: text })

/** Runs a check in a narrow window, and again in a wide one. */
export async function atBothWidths(page: Page, check: (width: 400 | 1280) => Promise<unknown>) {
  for (const width of [400, 1280] as const) {
    await page.setViewportSize({ width, height: 900 })
    await check(width)
  }
}

/** Checks a page in both themes with axe-core. */
export async function checkThemes(t: Test, page: Page, place: string) {
  await page.emulateMedia({ colorScheme: 'dark' })
  t.strictSame(await contrastViolations(page), [], `axe-core finds contrast ${place}, dark`)
  await page.emulateMedia({ colorScheme: 'light' })
  t.strictSame(await violations(page), [], `axe-core finds nothing ${place}, light`)
}

/** Presses the first button that exports a list. @returns the file */
export async function exported(page: Page): Promise<string> {
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export CSV' }).first().click()
  return await readFile(await (await download).path(), 'utf8')
}

/** Copies a value of a dialog with its button, and returns it. */
export async function copied(page: Page, value: string): Promise<string> {
  await dialogOf(page)
    .getByRole('button', { name: `Copy ${value}` })
    .click()
  await page.getByText(`${value} copied`).first().waitFor()
  return await page.evaluate('navigator.clipboard.readText()')
}

const READ_AGAIN_MS = 1_000

/**
 * Presses a button that reads again until a record appears. The history is written once a second. Each wait is longer than
 * the one before, because a busy machine can take longer to read, and the button begins the reading again.
 */
export async function pressedUntil(button: Locator, record: Locator): Promise<void> {
  for (let timeout = READ_AGAIN_MS; timeout < PATIENCE_MS; timeout *= 2) {
    const isThere = await record.waitFor({ timeout }).then(
      () => true,
      () => false,
    )
    if (isThere) return
    await button.click()
  }
  await record.waitFor()
}
