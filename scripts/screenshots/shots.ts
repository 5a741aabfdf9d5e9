/**
 * What is taken a picture of: every page, and the dialogs that matter.
 *
 * @module
 */

import type { Page } from 'playwright-core'

export type Shot = Readonly<{
  /** Of the file. */
  name: string
  /** Below `/console`; `:role` and the like stand for ids of the demo. */
  path: string
  /** Words that stand there once it is ready. */
  shows: string | RegExp
  /** Before anybody has signed in. */
  isOutside: boolean
  /** From top to bottom; else what a window shows. */
  isWhole: boolean
  act?: (page: Page) => Promise<void>
}>

type Rest = Partial<Pick<Shot, 'isOutside' | 'isWhole' | 'act'>>

const shot = (name: string, path: string, shows: string | RegExp, rest: Rest = {}): Shot => ({
  name,
  path,
  shows,
  isOutside: false,
  isWhole: rest.act === undefined,
  ...rest,
})

const press = (name: string) => (page: Page) =>
  page.getByRole('button', { name, exact: true }).click()

export const SHOTS: readonly Shot[] = [
  shot('sign-in', '/', 'Secret access key', { isOutside: true }),
  shot('overview', '/', 'Refused or failed'),
  shot('check-server', '/', 'Refused or failed', {
    act: async page => {
      await press('Check the Exchange server')(page)
      await press('Check')(page)
      await page.getByText(/neutral mailbox:/).waitFor()
    },
  }),
  shot('roles', '/roles', 'backup-readonly'),
  shot('role', '/roles/:role', 'Last decisions'),
  shot('role-create', '/roles/new', 'impersonates nobody yet'),
  shot('role-edit', '/roles/:role/edit', 'Nobody loses access'),
  shot('role-rule', '/roles/:role/edit', 'Nobody loses access', {
    act: async page => {
      await page
        .getByRole('button', { name: /^Edit / })
        .last()
        .click()
      await page.getByText('Rules are saved with the role').waitFor()
    },
  }),
  shot('role-test', '/roles/:role', 'Last decisions', {
    act: async page => {
      await press('Test')(page)
      await page.getByLabel('Target user').fill('ceo@example.com')
      await page.getByLabel('Target user').press('Escape')
      await page.getByRole('dialog').getByRole('button', { name: 'Test', exact: true }).click()
      await page.getByText('DENY wins').waitFor()
    },
  }),
  shot('role-give', '/roles/:role', 'Last decisions', { act: press('Give to a tool') }),
  shot('role-lock', '/roles/:role', 'Last decisions', {
    act: async page => {
      await press('Actions')(page)
      await page.getByRole('menuitem', { name: 'Lock' }).click()
    },
  }),
  shot('role-delete', '/roles/:role', 'Last decisions', {
    act: async page => {
      await press('Actions')(page)
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await page.getByText('It was used lately').waitFor()
    },
  }),
]
