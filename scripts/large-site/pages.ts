/**
 * Opens every page of the console, and measures how much CPU time it takes until the page can be used.
 *
 * It is that of the page's main thread and of all threads of the gateway, as if nothing ran at the same time.
 *
 * @module
 */

import type { Page } from 'playwright-core'
import { patternsWithout } from '../../test/console/routes.ts'
import { userIdOf } from '../history/rows.ts'
import { pageCpuMs } from './cpu.ts'
import type { Gateway } from './gateway.ts'
import { addressOf, entriesOf, GROUPS, ROLES, USERS } from './people.ts'

/** Path of a page, the text that it shows when it can be used, and the number of entries that its list must have. */
type Opened = Readonly<{ path: string; shows: string | RegExp; count?: number }>

type Result = Readonly<{ line: string; isGood: boolean }>

const TIMES = 3
/** Maximum CPU time of a page, and of pasting addresses. */
const PAGE_MS = 1_000
const PASTE_MS = 3_000

const PASTED = 2_000

/** Text that a page shows while it loads a part. */
const LOADING = /^Loading/

export async function* openAll(gateway: Gateway, page: Page): AsyncGenerator<Result> {
  const pageMs = await pageCpuMs(page)
  const cpuMs = async () => gateway.cpuMs() + (await pageMs())
  const pages = await pagesOf(gateway)
  const missing = patternsWithout(pages.map(({ path }) => path.replace('/console', '')))
  if (missing.length > 0) throw new Error(`No time is measured for ${missing.join()}`)
  for (const opened of pages) yield await measure(gateway, page, cpuMs, opened)
  const edit = pages.find(
    ({ path }) => path.startsWith('/console/roles/') && path.endsWith('/edit'),
  )
  if (edit === undefined) throw new Error('There is no page to edit a role')
  await open(page, gateway.controlUrl + edit.path, edit.shows)
  yield await paste(gateway, page, cpuMs, edit.path.split('/').at(-2) ?? '')
}

/** Returns the CPU time so far of the gateway and the page, in milliseconds. A page begins with 0. */
type CpuMs = () => Promise<number>

async function measure(
  gateway: Gateway,
  page: Page,
  cpuMs: CpuMs,
  { path, shows, count }: Opened,
): Promise<Result> {
  const times: number[] = []
  for (let n = 0; n < TIMES; n += 1) {
    await page.goto('about:blank')
    const before = gateway.cpuMs()
    await open(page, gateway.controlUrl + path, shows)
    times.push((await cpuMs()) - before)
  }
  const isComplete =
    count === undefined ||
    (await page.getByText(`(${count.toLocaleString('en')})`, { exact: true }).count()) > 0
  const shown = times.map(ms => ms.toFixed(0).padStart(6)).join('')
  const problem = isComplete ? '' : ` does not show that it has ${count} entries`
  return {
    line: `${path.padEnd(70)}${shown} ms${problem}`,
    isGood: Math.min(...times) < PAGE_MS && isComplete,
  }
}

/** Waits until a page is complete. */
async function open(page: Page, url: string, shows: string | RegExp): Promise<void> {
  await page.goto(url)
  await page.locator('main').getByText(shows).first().waitFor()
  while (await page.getByText(LOADING).filter({ visible: true }).count())
    await page.evaluate('new Promise(requestAnimationFrame)')
}

/**
 * Pastes addresses into the last rule of a role, waits for the preview of who gains or loses access, and saves the role.
 * Then restores the role.
 */
async function paste(
  { api }: Gateway,
  page: Page,
  cpuMs: CpuMs,
  ImpersonationRoleId: string,
): Promise<Result> {
  const describe = () => api('EwsGateway.DescribeImpersonationRole', { ImpersonationRoleId })
  const { Name, Type, Rules } = await describe()
  await page
    .getByRole('button', { name: /^Edit / })
    .last()
    .click()
  const dialog = page.getByRole('dialog').filter({ visible: true })
  await dialog.getByRole('button', { name: 'Paste a list' }).first().click()
  const list = Array.from({ length: PASTED }, (_, n) => addressOf(n)).join('\n')
  // Playwright's fill() types the lines one by one, for which Chromium takes 9 s, also in an empty page.
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(list)})`)
  await dialog.getByLabel('List of users', { exact: true }).first().click()
  const before = await cpuMs()
  await page.keyboard.press('Control+V')
  await dialog.getByRole('button', { name: 'Check list' }).first().click()
  await dialog.getByRole('button', { name: /^Add [\d,]+ users$/ }).click()
  await dialog
    .getByText(/^Added [\d,]+ users$/)
    .first()
    .waitFor()
  await dialog.getByRole('button', { name: 'Save rule' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page
    .getByText(/\b[1-9][\d,]* (of [\d,]+ users gain|lose) access/)
    .first()
    .waitFor()
  const ms = (await cpuMs()) - before
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page
    .getByText(/^Saved changes/)
    .first()
    .waitFor()
  const allMs = (await cpuMs()) - before

  const saved = (await describe())['Rules'] as readonly { TargetUsers?: readonly string[] }[]
  const isComplete = (saved.at(-1)?.TargetUsers?.length ?? 0) >= PASTED
  await api('EwsGateway.PutImpersonationRole', { ImpersonationRoleId, Name, Type, Rules })
  const what = `${PASTED.toLocaleString('en')} addresses pasted into a rule and previewed, then saved`
  const problem = isComplete ? '' : ' not all users are in the saved rule'
  return {
    line: `${what.padEnd(70)}${ms.toFixed(0).padStart(6)}${allMs.toFixed(0).padStart(6)} ms${problem}`,
    isGood: allMs < PASTE_MS && isComplete,
  }
}

async function pagesOf({ api }: Gateway): Promise<readonly Opened[]> {
  const first = async (target: string, list: string, id: string) => {
    const found = (await api(target, { MaxResults: 1 }))[list] as Record<string, string>[]
    return found[0]?.[id] ?? ''
  }
  const role = await first('WorkMailService.ListImpersonationRoles', 'Roles', 'ImpersonationRoleId')
  const group = await first('WorkMailService.ListGroups', 'Groups', 'Id')
  const principal = await first('EwsGateway.ListPrincipals', 'Principals', 'PrincipalId')
  const { Changes } = await api('EwsGateway.ListChanges', {
    StartTime: 0,
    EndTime: Date.now() / 1_000,
    MaxResults: 1,
  })
  const [change] = Changes as { DecisionId: string }[]
  const user = userIdOf(150)
  const roles = await countOf(api, 'WorkMailService.ListImpersonationRoles', 'Roles', ROLES)
  const users = await countOf(api, 'WorkMailService.ListUsers', 'Users', USERS)
  const groups = await countOf(api, 'WorkMailService.ListGroups', 'Groups', GROUPS)
  const at = (path: string, shows: Opened['shows'], count?: number): Opened => ({
    path: `/console${path}`,
    shows,
    ...(count !== undefined && { count }),
  })
  return [
    at('/', 'Principals with most requests'),
    at('/roles', 'Role 000', roles),
    at('/roles/new', "it can't impersonate any user"),
    at(`/roles/${role}`, 'Recent decisions'),
    at(`/roles/${role}?tab=reach`, /^user-\d+@example.com$/),
    at(`/roles/${role}?tab=draft`, 'No draft'),
    at(`/roles/${role}/edit`, 'No users gain or lose access'),
    at('/users', 'user-0@example.com', users),
    at('/users?q=user-15023', 'user-15023@example.com'),
    at('/users/new', 'Primary'),
    at('/users/import', 'CSV file'),
    at(`/users/${user}`, 'Use over time'),
    at(`/users/${user}/edit`, 'Aliases'),
    at('/groups', 'Department 0', groups),
    at('/groups/new', 'Name'),
    at(`/groups/${group}`, /^user-\d+@example.com$/),
    at(`/groups/${group}/edit`, 'Name'),
    at('/access-control', 'Default'),
    at('/access-control/new', 'Source addresses'),
    at('/access-control/rules/Default', 'Source addresses'),
    at('/protected-mailboxes', 'No protected users'),
    at('/principals', 'auditor'),
    at('/principals/new', 'Administrative permission'),
    at(`/principals/${principal}`, 'Access keys'),
    at(`/principals/${principal}/edit`, 'Administrative permission'),
    at('/audit', 'Audit'),
    at('/audit?last=400d', 'GetItem'),
    at('/audit?last=400d&contains-mailbox=user-150', 'GetItem'),
    at('/audit/changes?last=400d', 'PutImpersonationRole'),
    at('/audit/totals?last=400d', /^user-\d+@example.com$/),
    at('/audit/totals?last=400d&by=MAILBOX', /^user-\d+@example.com$/),
    at(`/audit/mailboxes/${user}?last=400d`, 'Day by day'),
    at(`/audit/records/${change?.DecisionId}`, 'Record as JSON'),
  ]
}

/** Counts the entries of all pages of a list, by their IDs. @throws Error if there aren't as many as were created */
async function countOf(api: Gateway['api'], target: string, list: string, created: number) {
  const ids = new Set<string | undefined>()
  for await (const { Id, ImpersonationRoleId } of entriesOf(api, target, list))
    ids.add(Id ?? ImpersonationRoleId)
  if (ids.size !== created) throw new Error(`${target} returns ${ids.size} of ${created}`)
  return ids.size
}
