/**
 * All that exchangelib and Evolution can do, by their scripts.
 *
 * @module
 */

import { basic } from '../kit/gateway-test-server.ts'
import { until } from '../kit/until.ts'
import { as, attribute, envelope, getFolder, post } from '../sandbox/client.ts'
import { evolutionSession, skip as withoutEvolution } from './evolution.ts'
import { runPython, withoutExchangelib } from './python.ts'
import { type Client, type Ended, MAILBOX, type Run } from './surface.ts'

export const EXCHANGELIB: Client = {
  skip: withoutExchangelib,
  start:
    () =>
    async (_t, { server, url, key, service, onStep }) => {
      const { sandbox } = server
      const at = (url: string, { id, secret }: typeof key) => ({
        url,
        username: id,
        password: secret,
      })
      const outcomes = await runPython(server, {
        script: 'surface',
        key,
        settings: { ...at(url, key), direct: at(sandbox.url, service), tried: at(url, key) },
        onStep,
        onPause: {
          listen: () => {
            void until('exchangelib listens', () =>
              sandbox.seen.some(({ operation }) => operation === 'GetStreamingEvents'),
            ).then(() => sandbox.mailbox(MAILBOX).deliver({ subject: 'Streamed' }))
          },
        },
      })
      return outcomes as Readonly<Record<string, Ended>>
    },
}

/** Steps of the scripts for Evolution, in words, with their areas. */
const EVOLUTION: Readonly<Record<string, readonly [words: string, area: string]>> = {
  connected: ['connect', 'root'],
  read: ['read mail', 'mail'],
  save_draft: ['save a draft', 'mail'],
  create_folder: ['create a folder', 'mail'],
  rename_folder: ['rename a folder', 'mail'],
  delete_folder: ['delete the created folder', 'mail'],
  copy: ['copy a mail', 'mail'],
  move: ['move a mail', 'mail'],
  remove: ['delete a mail', 'mail'],
  flag: ['flag a mail', 'mail'],
  send: ['send a mail', 'sending'],
  calendar: ['read events', 'calendar'],
  create_event: ['save an event', 'calendar'],
  change_event: ['change an event', 'calendar'],
  remove_event: ['delete an event', 'calendar'],
  create_meeting: ['invite to a meeting', 'meetings'],
  change_meeting: ['change a meeting', 'meetings'],
  remove_meeting: ['cancel a meeting', 'meetings'],
  contacts: ['read contacts', 'contacts'],
  create_card: ['save a contact', 'contacts'],
  change_card: ['change a contact', 'contacts'],
  remove_card: ['delete a contact', 'contacts'],
  tasks: ['read tasks', 'tasks'],
  create_task: ['save a task', 'tasks'],
  change_task: ['change a task', 'tasks'],
  remove_task: ['delete a task', 'tasks'],
  memos: ['read notes', 'notes'],
  create_memo: ['save a note', 'notes'],
  change_memo: ['change a note', 'notes'],
  remove_memo: ['delete a note', 'notes'],
}

/** Distinguished folders of the sources of Evolution. */
const DESK = { calendar: 'calendar', contacts: 'contacts', tasks: 'tasks', memos: 'notes' }

export const EVOLUTION_CLIENT: Client = {
  skip: withoutEvolution,
  isBusy: true,
  start: () => async (t, run) => {
    const { folder, under, env } = evolutionSession(t)
    const outcomes = await runPython(run.server, {
      script: 'evolution_surface',
      key: run.key,
      settings: {
        url: run.url,
        address: MAILBOX,
        doomed: 'Made by Evolution',
        folder,
        ...(await deskOf(run)),
      },
      onStep: run.onStep,
      under,
      env,
    })
    return Object.fromEntries(
      Object.entries(outcomes).map(([step, outcome]) => {
        const [words = step, area = ''] = EVOLUTION[step] ?? []
        return [words, { area, ...endOf(outcome) }]
      }),
    )
  },
}

/** It says that there is no folder, and shows the words of other errors. */
function endOf(outcome: unknown): Omit<Ended, 'area'> {
  const { error } = Object(outcome) as Readonly<{ error?: string }>
  if (outcome === false || /^No such folder|does not exist/.test(error ?? ''))
    return { error: 'NoSuchFolder' }
  return error === undefined ? { value: outcome } : { error: 'Error' }
}

const saved = (folder: string, item: string) =>
  '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>' +
  `<t:DistinguishedFolderId Id="${folder}"/></m:SavedItemFolderId><m:Items>${item}</m:Items></m:CreateItem>`
const NOTE =
  '<t:Message><t:ItemClass>IPM.StickyNote</t:ItemClass><t:Subject>Milk and bread</t:Subject></t:Message>'

/** Saves a task and a note, and returns the IDs of the folders that Evolution shows beside mail. */
async function deskOf({ server: { sandbox }, service }: Run) {
  const ask = (operation: string) =>
    post(sandbox, envelope(operation, as(MAILBOX)), { authorization: basic(service) })
  await ask(saved('tasks', '<t:Task><t:Subject>Call Bob</t:Subject></t:Task>'))
  await ask(saved('notes', NOTE))
  const ids = Object.entries(DESK).map(async ([source, folder]) => {
    const reply = await ask(getFolder(folder))
    return [source, attribute(reply, 'FolderId', 'Id')] as const
  })
  return Object.fromEntries(await Promise.all(ids))
}
