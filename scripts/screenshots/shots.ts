/**
 * Lists the screenshots: every page, and the most important dialogs.
 *
 * @module
 */

import type { Page } from 'playwright-core'

export type Shot = Readonly<{
  /** Name of the file. */
  name: string
  /** Path below `/console`. Segments such as `:role` become IDs of the demo. */
  path: string
  /** Text that the page shows when it is ready. */
  shows: string | RegExp
  /** Whether it is taken before signing in. */
  isOutside: boolean
  /** Whether its organization has no role, tool, or request. */
  isNew: boolean
  /** Whether it shows the whole page. Otherwise, it shows the visible part. */
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

/** Opens the last rule of a role that is being edited. */
async function openRule(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /^Edit / })
    .last()
    .click()
  await page.getByText('Rules take effect only after').waitFor()
}

/** Number of tools that were created. It makes their names unique. */
let tools = 0

const TRAFFIC = 'Principals with most requests'

/** Two new users, and one changed user. */
const USERS_CSV = `id,primarySmtpAddress,aliases,principalName,sid,displayName
,kai.berg@example.com,kb@example.com,,,Kai Berg
,lea.dahl@example.com,,,,Lea Dahl
,anna.berg@example.com,a.berg@example.com,,,Anna Berg
`

/** More users than a rule shows as tokens. */
const MANY = ['anna', 'bernd', 'carla', 'dmitri', 'elif', 'farid', 'grete', 'hanna']
  .flatMap(first => ['berg', 'costa', 'dahl', 'engel'].map(last => `${first}.${last}@example.com`))
  .join('\n')

export const SHOTS: readonly Shot[] = [
  shot('sign-in', '/', 'Secret access key', { isOutside: true }),
  shot('overview', '/', TRAFFIC),
  shot('get-started', '/', 'Get started', { isNew: true, isWhole: false }),
  shot('check-server', '/', TRAFFIC, {
    act: async page => {
      await press('Check Exchange server')(page)
      await page.getByRole('dialog').getByRole('button', { name: 'Check Exchange server' }).click()
      await page.getByText(/neutral mailbox:/).waitFor()
    },
  }),
  shot('roles', '/roles', 'backup-readonly'),
  shot('role', '/roles/:role', '(rule-denies)'),
  shot('role-create', '/roles/new', "it can't impersonate any user"),
  shot('role-create-profile', '/roles/new', "it can't impersonate any user", {
    isWhole: true,
    act: async page => {
      await page.getByRole('button', { name: 'Profile', exact: true }).click()
      await page.getByText('Of these, only the selected operations').click()
      await page.getByText('All others are denied').waitFor()
    },
  }),
  shot('role-excepted', '/roles/:connector', 'This role can reach protected mailboxes'),
  shot('role-draft', '/roles/:drafted?tab=draft', 'Would be denied', {
    isWhole: true,
    act: async page => {
      await press('Replay requests')(page)
      await page.getByText('requests replayed').waitFor()
    },
  }),
  shot('role-draft-enforce', '/roles/:drafted?tab=draft', 'Would be denied', {
    act: press('Enforce draft'),
  }),
  shot('role-profile', '/roles/:role', 'Recent decisions', { act: press('Change profile') }),
  shot('role-edit', '/roles/:role/edit', 'No users gain or lose access'),
  shot('role-rule', '/roles/:role/edit', 'No users gain or lose access', {
    act: openRule,
  }),
  shot('role-rule-users', '/roles/:role/edit', 'No users gain or lose access', {
    act: async page => {
      await openRule(page)
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('button', { name: 'Paste a list' }).click()
      await dialog.getByLabel('List of users').fill(MANY)
      await dialog.getByRole('button', { name: 'Check list' }).click()
      await dialog.getByRole('button', { name: /^Add \d+ users$/ }).click()
      await dialog.getByRole('table', { name: 'Selected users' }).scrollIntoViewIfNeeded()
    },
  }),
  shot('role-test', '/roles/:role', 'Recent decisions', {
    act: async page => {
      await press('Test role')(page)
      await page.getByLabel('Target user').fill('ceo@example.com')
      await page.getByLabel('Target user').press('Escape')
      await page.getByRole('dialog').getByRole('button', { name: 'Test role' }).click()
      await page.getByRole('dialog').getByText('(mailbox-protected)').first().waitFor()
    },
  }),
  shot('role-give', '/roles/:role', 'Recent decisions', {
    isWhole: true,
    act: async page => {
      await press('Create access key')(page)
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Tool name').fill(`backup-server-${++tools}`)
      await dialog.getByRole('button', { name: 'Create access key' }).click()
      await page.getByText('The role allows this user.', { exact: true }).waitFor()
    },
  }),
  shot('role-lock', '/roles/:role', 'Recent decisions', {
    act: async page => {
      await press('Actions')(page)
      await page.getByRole('menuitem', { name: 'Lock role' }).click()
    },
  }),
  shot('role-delete', '/roles/:role', 'Recent decisions', {
    act: async page => {
      await press('Actions')(page)
      await page.getByRole('menuitem', { name: 'Delete role' }).click()
      await page.getByText('This role was used recently').waitFor()
    },
  }),
  shot('users', '/users', 'alice@example.com'),
  shot('users-search', '/users?q=ber', 'anna.berg@example.com', { isWhole: false }),
  shot('user', '/users/:user', 'Use over time'),
  shot('user-create', '/users/new', 'Primary'),
  shot('user-edit', '/users/:user/edit', 'Aliases'),
  shot('user-import', '/users/import', 'CSV file', {
    act: async page => {
      await page.locator('input[type=file]').setInputFiles({
        name: 'users.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(USERS_CSV),
      })
      await press('Preview changes')(page)
      await page.getByText('Created (2)').waitFor()
    },
  }),
  shot('groups', '/groups', 'Legal department'),
  shot('group', '/groups/:group', 'farid.berg@example.com'),
  shot('group-create', '/groups/new', 'Name'),
  shot('group-edit', '/groups/:group/edit', 'Primary address'),
  shot('group-add', '/groups/:group', 'farid.berg@example.com', {
    act: async page => {
      await press('Add members')(page)
      await page.getByRole('dialog').getByText('Paste a list').waitFor()
    },
  }),
  shot('access-control', '/access-control', 'Default', {
    act: async page => {
      await page.getByLabel('User', { exact: true }).fill('alice@example.com')
      await page.getByLabel('User', { exact: true }).press('Escape')
      await press('Test rules')(page)
      await page.getByText('Matching rules:').waitFor()
    },
  }),
  shot('access-control-create', '/access-control/new', 'Source addresses'),
  shot('access-control-edit', '/access-control/rules/no-guests', '203.0.113.0/24'),
  shot('protected-mailboxes', '/protected-mailboxes', 'Investigation 7'),
  shot('protected-mailboxes-add', '/protected-mailboxes', 'Investigation 7', {
    act: press('Protect mailboxes'),
  }),
  shot('protected-mailboxes-exception', '/protected-mailboxes', 'Investigation 7', {
    act: press('Add exception'),
  }),
  shot('principals', '/principals', 'Act in backup-readonly'),
  shot('principal', '/principals/:principal', 'Access keys (1 of 2)'),
  shot('principal-create', '/principals/new', 'Administrative permission'),
  shot('principal-edit', '/principals/:principal/edit', 'Administrative permission'),
  shot('principal-identity', '/principals/:principal', 'External identities', {
    act: press('Bind identity'),
  }),
  shot('principal-key', '/principals/:principal', 'Access keys', {
    act: press('Replace access key'),
  }),
  shot('audit', '/audit', 'FindItem'),
  shot('audit-filter', '/audit?decision=DENY&mailbox=ceo%40example.com', 'rule-denies', {
    isWhole: false,
  }),
  shot('audit-mailbox', '/audit/mailboxes/:user', 'Day by day'),
  shot('audit-record', '/audit/records/:record', 'Matching rules'),
  shot('audit-changes', '/audit/changes', 'CreateImpersonationRole'),
  shot('audit-totals', '/audit/totals', 'Group by'),
]
