/**
 * One request for each place of the published table in which an operation names a mailbox, an ID, a
 * subscription, a user who gets access, or a URL, and IDs that reveal their owner.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { writeId } from '../../sandbox/ids.ts'

const USER_GUID = '9362c853-fa03-45d1-9d7c-ef09db45f783'
const CEO_GUID = '00000000-0000-4000-8000-0000000000ce'

/** Owner of the mailbox with each GUID. */
export const GUID_OWNERS: Readonly<Record<string, string>> = {
  [USER_GUID]: 'user@example.com',
  [CEO_GUID]: 'ceo@example.com',
}

const idIn = (guid: string) => writeId({ guid, folder: 1, item: 2 })

export const [USER_ID, CEO_ID] = [idIn(USER_GUID), idIn(CEO_GUID)]

/** Returns the GUID in an ID that has Exchange's format. */
export const guidIn = (id: string): string | undefined =>
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i
    .exec(Buffer.from(id, 'base64').toString('latin1'))?.[0]
    .toLowerCase()

type Row = Readonly<Record<'mailboxSelectors' | 'ids' | 'urls' | 'grantsOrOutbound', string[]>>

export const TARGETS: Readonly<{
  genericScan: Readonly<{ mailboxSelectors: string[]; opaqueHandles: string[] }>
  operations: Readonly<Record<string, Row & Readonly<{ requestElement: string }>>>
}> = JSON.parse(
  readFileSync(new URL('../../fixtures/ews-request-targets.json', import.meta.url), 'utf8'),
)

/** Elements whose own text is what they name. */
const TEXT =
  /(SmtpAddress|LegacyDN|Address|Photo\/m:Email|Guid|SyncState|Watermark|SessionId|SubscriptionId|ReportId|URL|Url|\/m:ID)$/
const HANDLE = /(SyncState|Watermark|SessionId|SubscriptionId|ReportId|Url|URL|ID|Guid)$/

/** Operation elements, each of which names the user in one place. */
export function tableRequests(user: string): string[] {
  return Object.values(TARGETS.operations).flatMap(row =>
    [...row.mailboxSelectors, ...row.ids, ...row.urls, ...row.grantsOrOutbound].map(path =>
      requestFor(path, user),
    ),
  )
}

function requestFor(path: string, user: string): string {
  const [attribute] = /(?<=@)\w+$/.exec(path) ?? []
  const steps = path.replace(/\/@\w+$/, '').split('/')
  const address = TEXT.test(path) ? user : `<t:EmailAddress>${user}</t:EmailAddress>`
  const inner = attribute !== undefined ? '' : HANDLE.test(path) ? 'AQAAAA==' : address
  return steps.reduceRight((content, step, at) => {
    const isLeaf = at === steps.length - 1 && attribute !== undefined
    const said = isLeaf
      ? ` ${attribute}="${USER_ID}"`
      : step.endsWith('DistinguishedFolderId')
        ? ' Id="inbox"'
        : ''
    return `<${step}${said}>${content}</${step}>`
  }, inner)
}
