/**
 * Asks the upstream who sends the stored items that a request is about to send.
 *
 * A client can save a draft with any sender, and some servers send it as it is. The gateway asks as the
 * impersonated user, at most once for each decision, and never keeps the response.
 *
 * @module
 */

import { type ItemAnswer, readItemAnswers } from '../ews/item-answer.ts'
import type { BodyFacts, SentItem } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import { foldName, type User } from '../model/identity.ts'
import type { Target } from '../policy/decide.ts'
import { judgeSentItems, type StoredSenders } from '../policy/guard.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { escapeXml } from '../xml/text.ts'
import { ask } from './ask.ts'
import { addressesOf } from './judge-body.ts'

/** Maximum length of a response (R30). */
const MAX_BYTES = 1_048_576

/** Errors that say nothing about an item, because the upstream can't look now. */
const LATER = /Error(ServerBusy|Timeout|InternalServer|MailboxStore|MailboxMove)/

/** Elements of items that are not meetings. Every other element may be one. */
const NO_MEETINGS: ReadonlySet<string> = new Set([
  'Contact',
  'DistributionList',
  'MeetingCancellation',
  'MeetingMessage',
  'MeetingRequest',
  'MeetingResponse',
  'Message',
  'PostItem',
  'Task',
])

const tag = (number: string, type: string): string =>
  `<t:ExtendedFieldURI PropertyTag="${number}" PropertyType="${type}"/>`
const header = (name: string): string =>
  `<t:ExtendedFieldURI DistinguishedPropertySetId="InternetHeaders" PropertyName="${name}" PropertyType="String"/>`

const SHAPE =
  '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>' +
  '<t:FieldURI FieldURI="message:From"/><t:FieldURI FieldURI="message:Sender"/>' +
  '<t:FieldURI FieldURI="calendar:Organizer"/>' +
  ['0x0065', '0x0C1F', '0x5D01', '0x5D02'].map(number => tag(number, 'String')).join('') +
  ['0x0041', '0x0C19'].map(number => tag(number, 'Binary')).join('') +
  ['From', 'Sender'].map(header).join('') +
  '</t:AdditionalProperties></m:ItemShape>'

/** Asks the upstream about items, by their IDs, in their order. */
export type AskItems = (items: readonly SentItem[], user: User) => Promise<readonly ItemAnswer[]>

/**
 * Returns what the upstream says about items.
 *
 * @param owner - the principal that causes the question
 * @throws Failure if the upstream can't say it now
 */
export async function askItems(
  upstream: Upstream,
  items: readonly SentItem[],
  { primarySmtpAddress }: User,
  owner: string,
): Promise<readonly ItemAnswer[]> {
  const ids = items.map(({ id }) => `<t:ItemId Id="${escapeXml(id)}"/>`).join('')
  const response = await ask(upstream, {
    requestElement: 'GetItem',
    operation: `<m:GetItem>${SHAPE}<m:ItemIds>${ids}</m:ItemIds></m:GetItem>`,
    address: primarySmtpAddress,
    owner,
    maxBytes: MAX_BYTES,
  })
  const answers = read(response)
  if (answers.some(({ code }) => LATER.test(code))) throw cannotSay()
  return answers
}

/** @throws Failure `upstream-unreachable` if the response can't be read */
function read(response: Uint8Array): readonly ItemAnswer[] {
  try {
    return readItemAnswers(response)
  } catch (cause) {
    throw cannotSay(cause)
  }
}

const cannotSay = (cause?: unknown): Failure =>
  new Failure('upstream-unreachable', 'The upstream cannot say now who sends an item', { cause })

/**
 * Evaluates the stored items that a request sends.
 *
 * @returns the reason for a denial, or undefined
 * @throws Failure if the upstream can't say it now
 */
export async function judgeStoredItems(
  { sentItems, unknownSentItem }: BodyFacts,
  target: Target,
  user: User | undefined,
  askAbout: AskItems,
): Promise<'sender-refused' | undefined> {
  if (sentItems.length === 0 && !unknownSentItem) return undefined
  if (unknownSentItem || user === undefined) return 'sender-refused'
  const answers = await askAbout(sentItems, user)
  if (answers.length !== sentItems.length) return 'sender-refused'
  return judgeSentItems(target, sentItems, sendersOf(answers, user))
}

/** Compares senders with the addresses of the user: nothing else can be allowed. */
function sendersOf(answers: readonly ItemAnswer[], user: User): readonly StoredSenders[] {
  const own = addressesOf(user)
  return answers.map(({ code, item }) =>
    item === undefined
      ? { kind: code === 'ErrorItemNotFound' ? 'missing' : 'unknown' }
      : {
          kind: NO_MEETINGS.has(item.kind) ? 'other' : 'meeting',
          changeKey: item.changeKey,
          unknownSender: item.unknownSender,
          senders: item.senders.map(address => (own.has(foldName(address)) ? user : undefined)),
        },
  )
}
