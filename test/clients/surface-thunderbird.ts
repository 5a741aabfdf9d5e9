/**
 * All that Thunderbird can do with an Exchange account.
 *
 * @module
 */

import type { OperationName } from '../../src/ews/operations.ts'
import type { GatewayTestServer } from '../kit/gateway-test-server.ts'
import { until } from '../kit/until.ts'
import { type Client, type Ended, MAILBOX, type Run } from './surface.ts'
import { skip, Thunderbird } from './thunderbird.ts'

const DRAFT = 'From: alice@example.com\r\nSubject: Drafted in Thunderbird\r\n\r\nHello\r\n'
const LETTER = { to: 'carol@example.com', subject: 'Sent by Thunderbird', body: 'Hello' }
const FOLDER = 'Made in Thunderbird'

/** Number of requests with an operation that a server has decided on, or run directly. */
const countOf = (server: GatewayTestServer, name: OperationName) =>
  Math.max(
    server.audit().filter(({ type, operation }) => type === 'decision' && operation === name)
      .length,
    server.sandbox.executed.filter(({ operation }) => operation === name).length,
  )

/**
 * Whether a list of folders was denied, or whether it, or what the server says about its folders, lacks some that are
 * outside of a profile. Then Thunderbird shows none, and the action never ends.
 */
function lacksFolders(server: GatewayTestServer): boolean {
  const records = server.audit()
  const lists = records.filter(
    ({ operation, folders }) =>
      operation === 'SyncFolderHierarchy' || (operation === 'GetFolder' && hasIds(folders)),
  )
  if (lists.some(({ verdict }) => verdict === 'deny')) return true
  const ids = new Set(lists.map(({ decisionId }) => decisionId))
  return records.some(({ decisionId, leftOut }) => Number(leftOut) > 0 && ids.has(decisionId))
}

/** Whether folders in a record are named by IDs, which are long. */
const hasIds = (folders: unknown) => /[^"]{40}/.test(JSON.stringify(folders ?? []))

/** Steps of one run. Each returns what the user sees, and throws if that is an error. */
class Steps {
  readonly #thunderbird: Thunderbird
  readonly #server: GatewayTestServer

  constructor(thunderbird: Thunderbird, server: GatewayTestServer) {
    this.#thunderbird = thunderbird
    this.#server = server
  }

  async do(...given: Parameters<Thunderbird['do']>): Promise<void> {
    const outcome = await this.#thunderbird.do(...given)
    if (outcome !== 'ok' && outcome !== 'started') throw new Error(String(outcome))
  }

  /** Starts an action that has no end, and waits until its operation has been decided on. */
  async begin(operation: OperationName, ...given: Parameters<Thunderbird['do']>): Promise<void> {
    const before = countOf(this.#server, operation)
    await this.do(...given)
    await until(`${operation} is decided on`, () => countOf(this.#server, operation) > before)
    await this.#thunderbird.do('refresh')
  }

  async folders(): Promise<readonly string[]> {
    await this.do('folders', {}, () => lacksFolders(this.#server))
    return (await this.#thunderbird.shown()).folders
  }

  async subjects(): Promise<readonly string[]> {
    await this.do('refresh')
    return (await this.#thunderbird.shown()).inbox.map(({ subject }) => subject).toSorted()
  }

  async message(subject: string) {
    const { inbox } = await this.#thunderbird.shown()
    return inbox.find(message => message.subject === subject)
  }

  async read(subject: string): Promise<void> {
    const outcome = (await this.#thunderbird.do('read', { subject })) as Readonly<{ text?: string }>
    shows(outcome.text?.includes(`Subject: ${subject}`))
  }
}

/** Fails if a window doesn't show the result of an action. Some actions end without an error. */
function shows(isShown: boolean | undefined): void {
  if (isShown !== true) throw new Error('The result is not shown')
}

type Step = readonly [words: string, area: string, act: (steps: Steps) => Promise<unknown>]

const CONNECT: Step = ['connect', 'root', steps => steps.do('connect')]
const LIST: Step = ['list folders', 'root', steps => steps.folders()]
const OPEN: Step = ['list mail', 'mail', steps => steps.subjects()]
const CREATE: Step = [
  'create a folder',
  'mail',
  async steps => {
    await steps.begin('CreateFolder', 'createFolder', { name: FOLDER })
    shows((await steps.folders()).includes(FOLDER))
  },
]
const SEND: Step = ['send a mail', 'sending', steps => steps.do('send', LETTER)]

/** Steps in the inbox. */
const MAIL: readonly Step[] = [
  ['read a mail', 'mail', steps => steps.read('Quarterly report')],
  [
    'flag a mail',
    'mail',
    async steps => {
      await steps.begin('UpdateItem', 'flag', { subject: 'Quarterly report' })
      shows((await steps.message('Quarterly report'))?.isFlagged)
    },
  ],
  [
    'mark a mail as read',
    'mail',
    async steps => {
      await steps.begin('UpdateItem', 'markRead', { subject: 'Photo' })
      shows((await steps.message('Photo'))?.isRead)
    },
  ],
  ['save a draft', 'mail', steps => steps.do('saveDraft', { text: DRAFT })],
  [
    'copy a mail',
    'mail',
    steps => steps.do('transfer', { subject: 'Quarterly report', isMove: false }),
  ],
  [
    'move a mail',
    'mail',
    steps => steps.do('transfer', { subject: 'Quarterly report', isMove: true }),
  ],
  ['move a mail to the deleted items', 'mail', steps => steps.do('remove', { subject: 'Photo' })],
  [
    'delete a mail',
    'mail',
    async steps => {
      await steps.begin('DeleteItem', 'destroy', { subject: 'Welcome' })
      shows((await steps.message('Welcome')) === undefined)
    },
  ],
]

export const THUNDERBIRD: Client = {
  skip,
  isUser: true,
  isBusy: true,
  start: async t => {
    const thunderbird = await Thunderbird.start(t)
    return async (_t, run) => {
      const { url, key, isDirect, onStep } = run
      await thunderbird.do('add', {
        url,
        mailbox: MAILBOX,
        username: isDirect ? key.id : `${MAILBOX}|${key.id}`,
        password: key.secret,
      })
      const ended = await runAll(new Steps(thunderbird, run.server), onStep)
      await thunderbird.do('leave')
      return ended
    }
  },
}

async function runAll(steps: Steps, onStep: Run['onStep']) {
  const ended: Record<string, Ended> = {}
  const run = async ([words, area, act]: Step) => {
    const end = await act(steps).then(
      value => ({ area, value }),
      () => ({ area, error: 'Error' }),
    )
    ended[words] = end
    onStep(words)
    return end
  }
  const connected: Ended = await run(CONNECT)
  if (connected.error !== undefined) return ended
  const listed: Ended = await run(LIST)
  if (listed.error === undefined) await run(CREATE)
  const opened: Ended = await run(OPEN)
  if (opened.error === undefined) for (const step of MAIL) await run(step)
  await run(SEND)
  return ended
}
