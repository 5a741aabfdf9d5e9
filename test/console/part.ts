/**
 * A part of the journey, and what parts share.
 */

import type { Browser, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { Key } from '../../src/cli/demo-guide.ts'
import type { Visitor } from './browser.ts'
import type { House } from './house.ts'

export type Journey = {
  readonly browser: Browser
  readonly house: House
  /** The administrator's, signed in after the first part. */
  readonly admin: Visitor
  /** Of the role that the journey makes. */
  roleId: string
  /** What the role was given to a tool as. */
  tool: Key
}

export type Part = Readonly<{ name: string; run: (t: Test, journey: Journey) => Promise<void> }>

export async function signIn(page: Page, { accessKeyId, secretAccessKey }: Key): Promise<void> {
  await page.getByLabel('Access key id').fill(accessKeyId)
  await page.getByLabel('Secret access key').fill(secretAccessKey)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Opens a page of the console as a reader of its address would. */
export const open = (page: Page, { controlUrl }: House, path: string) =>
  page.goto(`${controlUrl}/console${path}`)

/** The dialog in front of the page. */
export const dialogOf = (page: Page) => page.getByRole('dialog').filter({ visible: true })

/** Presses a button that reads again, until what is waited for is there. */
export async function pressedUntil(button: Locator, sign: Locator): Promise<void> {
  for (let i = 0; i < 40; i += 1) {
    const isThere = await sign.waitFor({ timeout: 250 }).then(
      () => true,
      () => false,
    )
    if (isThere) return
    await button.click()
  }
}
