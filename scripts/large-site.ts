/**
 * Shows a large organization: `npm run large-site -- [--requests N] [--folder FOLDER]`.
 *
 * Makes 20,000 users, 500 groups, 300 roles, and a history of 400 days with its journal, in a folder. Asks an auditor's
 * questions of the API, the command line, the console, and the journal's files, and opens every page of the console.
 * Prints the CPU time of each. Ends with 1 if answers differ, a list is incomplete, or an answer or a page takes a second.
 *
 * A folder that exists is used again. 10 million requests need about 10 minutes.
 *
 * @module
 */

import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { launch, visitor } from '../test/console/browser.ts'
import { makeConsole } from './console.ts'
import { fillHistory } from './history/fill.ts'
import { DAY, recordsOf } from './history/rows.ts'
import { setUp, startGateway } from './large-site/gateway.ts'
import { openAll } from './large-site/pages.ts'
import { addGroupsAndRoles, usersCsv } from './large-site/people.ts'
import { askAll } from './large-site/questions.ts'

const DAYS = 400
/** Retention of allowed requests by default. */
const SINGLE_DAYS = 7

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '100000' }, folder: { type: 'string' } },
})
const folder = resolve(values.folder ?? mkdtempSync(join(tmpdir(), 'ews-gateway-large-site-')))
const print = (line: string) => process.stdout.write(`${line}\n`)

try {
  await makeConsole()
  await fill(Number(values.requests))
  await setUp(folder, usersCsv())
  process.exitCode = (await show()) ? 0 : 1
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true })
}

/** Fills the history, unless the folder has one. */
async function fill(requests: number): Promise<void> {
  const history = join(folder, 'gateway-history.db')
  if (existsSync(history)) return
  const begun = performance.now()
  const journal = join(folder, 'journal')
  mkdirSync(journal, { recursive: true })
  const unfinished = join(folder, 'unfinished.db')
  const now = Math.floor(Date.now() / DAY) * DAY
  await fillHistory(unfinished, recordsOf(requests, now, DAYS), {
    journal,
    singlesFrom: now - SINGLE_DAYS * DAY,
  })
  renameSync(unfinished, history)
  const seconds = ((performance.now() - begun) / 1_000).toFixed(0)
  print(`${requests.toLocaleString('en')} requests of ${DAYS} days were stored in ${seconds} s`)
}

/** @returns whether everything is as it should be */
async function show(): Promise<boolean> {
  const gateway = await startGateway(folder)
  const browser = await launch()
  let isGood = true
  try {
    await addGroupsAndRoles(gateway)
    const { page } = await visitor(browser)
    await page.goto(`${gateway.controlUrl}/console/`)
    await page.getByLabel('Access key ID').fill(gateway.admin.accessKeyId)
    await page.getByLabel('Secret access key').fill(gateway.admin.secretAccessKey)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.locator('#top').waitFor()
    print(`\n${'Question'.padEnd(46)}       API        CLI    console   journal`)
    for await (const asked of askAll(folder, gateway, page)) {
      print(asked.line)
      isGood &&= asked.isGood
    }
    print('\nPage')
    for await (const opened of openAll(gateway, page)) {
      print(opened.line)
      isGood &&= opened.isGood
    }
  } finally {
    await browser.close()
    await gateway.stop()
  }
  return isGood
}
