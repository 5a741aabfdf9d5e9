/**
 * All that programs can do through DavMail.
 *
 * @module
 */

import { skip, startDavMail } from './davmail.ts'
import { CARD, CARDS, DavMailUser, EVENT, EVENTS, MAIL, MEETING } from './davmail-user.ts'
import { startRelay } from './relay.ts'
import { type Client, type Ended, MAILBOX } from './surface.ts'

/** Action of a program. Returns what its user sees, and throws if that is an error. */
type Act = (user: DavMailUser) => Promise<unknown>

/** Fails for an answer of IMAP that isn't OK. */
function succeeded(answer: string): string {
  if (!/^a\d+ OK/m.test(answer)) throw new Error(answer)
  return answer
}

const found = (pattern: RegExp, text: string) =>
  [...text.matchAll(pattern)].map(([, one = '']) => one).toSorted()

/** Sends commands of IMAP in the inbox. Returns texts of the last answer. */
const imap =
  (commands: readonly string[], pattern = /^a\d+ (OK)/gm): Act =>
  async user => {
    const connection = await user.imap()
    let answer = ''
    for (const command of commands) answer = succeeded(await connection.ask(command))
    return found(pattern, answer)
  }

async function ask(user: DavMailUser, method: string, path: string, body?: string) {
  const { status, text } = await user.dav(method, path, body)
  if (status >= 400) throw new Error(`${method} ${path}: ${status}`)
  return text
}

const put =
  (path: string, body: string): Act =>
  async user => {
    await ask(user, 'PUT', path, body)
  }

/** Finds the item whose content has a text. @param query - names the items of a folder */
async function pathOf(user: DavMailUser, folder: string, query: string, text: string) {
  const listed = await ask(user, 'REPORT', folder, query)
  for (const href of found(/<D:href>[^<]*\/([^/<]+)<\/D:href>/g, listed)) {
    const path = `${folder}${href}`
    const content = await ask(user, 'GET', path)
    if (content.includes(text)) return { path, content }
  }
  throw new Error(`${folder} has no ${text}`)
}

const change =
  (folder: string, query: string, text: string): Act =>
  async user => {
    const { path, content } = await pathOf(user, folder, query, text)
    await ask(user, 'PUT', path, content.replaceAll(text, `${text}, changed`))
  }

const remove =
  (folder: string, query: string, text: string): Act =>
  async user => {
    const { path } = await pathOf(user, folder, query, text)
    await ask(user, 'DELETE', path)
  }

const CALENDAR = ['calendar/', EVENTS] as const
const CONTACTS = ['contacts/', CARDS] as const

const SIGN_IN: Act = async user => {
  succeeded(await user.login())
}

const STEPS: readonly (readonly [words: string, area: string, act: Act])[] = [
  ['list folders', 'root', imap(['LIST "" "*"'], /"\/" "([^"]*)"/g)],
  ['read mail', 'mail', imap(['FETCH 1:* (BODY.PEEK[])'], /^Subject: (.*)\r$/gm)],
  ['search mail', 'mail', imap(['SEARCH UNSEEN'], /^\* SEARCH(.*)\r$/gm)],
  [
    'save a draft',
    'mail',
    async user => {
      succeeded(await (await user.imap()).append('Drafts', MAIL, '(\\Seen \\Draft)'))
    },
  ],
  ['flag a mail', 'mail', imap(['STORE 1 +FLAGS (\\Flagged)'])],
  ['copy a mail', 'mail', imap(['COPY 1 Junk'])],
  ['move a mail', 'mail', imap(['MOVE 1 Junk'])],
  ['move a mail to the deleted items', 'mail', imap(['MOVE 1 Trash'])],
  ['delete a mail', 'mail', imap(['STORE 1 +FLAGS (\\Deleted)', 'EXPUNGE'])],
  ['create a folder', 'mail', imap(['CREATE "By DavMail"'])],
  [
    'delete the created folder',
    'mail',
    async user => {
      const there = await imap(['LIST "" "By DavMail"'], /"(By DavMail)"/g)(user)
      await imap(['DELETE "By DavMail"'])(user)
      return there
    },
  ],
  [
    'send a mail',
    'sending',
    async user => {
      const answer = await user.smtp()
      if (!answer.startsWith('250')) throw new Error(answer)
    },
  ],
  ['find a person', 'address book', user => user.ldap()],
  [
    'read events',
    'calendar',
    async user => found(/^SUMMARY:(.*)\r$/gm, await ask(user, 'REPORT', ...CALENDAR)),
  ],
  ['save an event', 'calendar', put('calendar/made.ics', EVENT)],
  ['change an event', 'calendar', change(...CALENDAR, 'Dentist')],
  ['delete an event', 'calendar', remove(...CALENDAR, 'Holiday')],
  ['invite to a meeting', 'meetings', put('calendar/meeting.ics', MEETING)],
  ['change a meeting', 'meetings', change(...CALENDAR, 'Planning')],
  ['cancel a meeting', 'meetings', remove(...CALENDAR, 'Planning')],
  [
    'read contacts',
    'contacts',
    async user => (await pathOf(user, ...CONTACTS, 'carol')).content.includes('carol'),
  ],
  ['save a contact', 'contacts', put('contacts/made.vcf', CARD)],
  ['change a contact', 'contacts', change(...CONTACTS, 'carol')],
  ['delete a contact', 'contacts', remove(...CONTACTS, 'bob')],
]

export const DAVMAIL: Client = {
  skip,
  isUser: true,
  isBusy: true,
  needsGateway: 'grommunio',
  start: async t => {
    const relay = await startRelay(t)
    const ports = await startDavMail(t, relay.url)
    return async (t, { url, key: { id, secret }, isDirect, onStep }) => {
      relay.leadTo(url)
      const user = new DavMailUser(t, ports, isDirect ? id : `${MAILBOX};${id}`, secret)
      const ended: Record<string, Ended> = {}
      const run = async (words: string, area: string, act: Act) => {
        const end = await act(user).then(
          value => ({ area, value }),
          () => ({ area, error: 'Error' }),
        )
        ended[words] = end
        onStep(words)
        return end
      }
      const opened: Ended = await run('sign in', 'root', SIGN_IN)
      if (opened.error === undefined) for (const step of STEPS) await run(...step)
      return ended
    }
  },
}
