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
  /** Whether its organization has no role, tool, or request. */
  isNew: boolean
  /** From top to bottom; else what a window shows. */
  isWhole: boolean
  act?: (page: Page) => Promise<void>
}>

type Rest = Partial<Pick<Shot, 'isOutside' | 'isNew' | 'isWhole' | 'act'>>

const shot = (name: string, path: string, shows: string | RegExp, rest: Rest = {}): Shot => ({
  name,
  path,
  shows,
  isOutside: false,
  isNew: false,
  isWhole: rest.act === undefined,
  ...rest,
})

const press = (name: string) => (page: Page) =>
  page.getByRole('button', { name, exact: true }).click()

/** Tools that were given a role. Their names are unique. */
let tools = 0

const TRAFFIC = 'Denied, failed, or aborted'

/** Two who are new, and one who changes. */
const USERS_CSV = `id,primarySmtpAddress,aliases,principalName,sid,displayName
,kai.berg@example.com,kb@example.com,,,Kai Berg
,lea.dahl@example.com,,,,Lea Dahl
,anna.berg@example.com,a.berg@example.com,,,Anna Berg
`

export const SHOTS: readonly Shot[] = [
  shot('sign-in', '/', 'Secret access key', { isOutside: true }),
  shot('overview', '/', TRAFFIC),
  shot('get-started', '/', 'Get started', { isNew: true, isWhole: false }),
  shot('check-server', '/', TRAFFIC, {
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
  shot('role-give', '/roles/:role', 'Last decisions', {
    isWhole: true,
    act: async page => {
      await press('Give to a tool')(page)
      await page.getByLabel('Name of the tool').fill(`backup-server-${++tools}`)
      await press('Create access key')(page)
      await page.getByText('A user that the role allows.', { exact: true }).waitFor()
    },
  }),
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
  shot('users', '/users', 'alice@example.com'),
  shot('users-search', '/users?q=ber', 'anna.berg@example.com', { isWhole: false }),
  shot('user', '/users/:user', 'Who was in this mailbox'),
  shot('user-edit', '/users/:user/edit', 'Other addresses'),
  shot('user-import', '/users/import', 'CSV file', {
    act: async page => {
      await page.locator('input[type=file]').setInputFiles({
        name: 'users.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(USERS_CSV),
      })
      await press('Preview the changes')(page)
      await page.getByText('Created (2)').waitFor()
    },
  }),
  shot('access-control', '/access-control', 'Default', {
    act: async page => {
      await page.getByLabel('User', { exact: true }).fill('alice@example.com')
      await page.getByLabel('User', { exact: true }).press('Escape')
      await press('Test')(page)
      await page.getByText('Because of').waitFor()
    },
  }),
  shot('access-control-create', '/access-control/new', 'From where'),
  shot('principals', '/principals', 'Act in backup-readonly'),
  shot('principal', '/principals/:principal', 'Access keys (1 of 2)'),
  shot('principal-create', '/principals/new', 'Roles that it may act in'),
  shot('principal-key', '/principals/:principal', 'Access keys', { act: press('Replace key') }),
  shot('audit', '/audit', 'FindItem'),
  shot('audit-filter', '/audit?decision=DENY&mailbox=ceo%40example.com', 'rule-denies', {
    isWhole: false,
  }),
  shot('audit-record', '/audit/records/:record', 'Rules that made it'),
  shot('audit-changes', '/audit/changes', 'CreateImpersonationRole'),
  shot('audit-sums', '/audit/sums', 'Summed by'),
]
