/**
 * Defines a part of the journey, and the steps that parts share.
 *
 * @module
 */

import type { Browser, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { Key } from '../../src/cli/demo-guide.ts'
import { PATIENCE_MS, type Visitor, visitor } from './browser.ts'
import type { Demo } from './demo.ts'

export type Journey = Readonly<{
  browser: Browser
  demo: Demo
  /** Browser of the administrator, signed in. */
  admin: Visitor
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

/** Opens a page of the console: loads it from its address, or goes there if the console is loaded. */
export async function open(page: Page, { controlUrl }: Demo, path: string): Promise<void> {
  const address = `${controlUrl}/console${path}`
  if (!page.url().startsWith(controlUrl)) await page.goto(address)
  else
    await page.evaluate(
      `history.pushState(null, '', '${address}'); dispatchEvent(new PopStateEvent('popstate'))`,
    )
}

/** Returns the dialog in front of the page. */
export const dialogOf = (page: Page) => page.getByRole('dialog').filter({ visible: true })

/** Returns the heading of the page, if it has the focus. */
export const focusedHeading = (page: Page, text: string | RegExp) =>
  page.locator('h1:focus', { hasText: text })

/** Runs a check in a narrow window, and again in a wide one. */
export async function atBothWidths(page: Page, check: (width: number) => Promise<unknown>) {
  for (const width of [400, 1280]) {
    await page.setViewportSize({ width, height: 900 })
    await check(width)
  }
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

/** Presses a button that reads again until a record appears. The history is written once a second. */
export async function pressedUntil(button: Locator, record: Locator): Promise<void> {
  for (let left = PATIENCE_MS; left > 0; left -= READ_AGAIN_MS) {
    const isThere = await record.waitFor({ timeout: READ_AGAIN_MS }).then(
      () => true,
      () => false,
    )
    if (isThere) return
    await button.click()
  }
  await record.waitFor()
}
