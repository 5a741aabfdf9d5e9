/**
 * A server's understanding of a request: the impersonated user, the operation, and every name that
 * identifies a mailbox, item, or subscription. The names are those of the published table.
 *
 * @module
 */

import { TARGETS } from './table.ts'

export type Understanding = Readonly<{
  impersonated: string
  operation: string
  /** `Name=text`, `@Name=value` or `+Name`, sorted. */
  named: readonly string[]
}>

/** An element as one reader sees it: local names, and its own text. */
export type Seen = Readonly<{
  name: string
  text: string
  attributes: readonly (readonly [local: string, value: string])[]
  children: readonly Seen[]
}>

const lastName = (path: string) => path.replace(/^.*\//, '').replace(/^\w+:/, '')
const rows = Object.values(TARGETS.operations)
const paths = [
  ...TARGETS.genericScan.mailboxSelectors,
  ...TARGETS.genericScan.opaqueHandles,
  ...rows.flatMap(row => [
    ...row.mailboxSelectors,
    ...row.ids,
    ...row.urls,
    ...row.grantsOrOutbound,
  ]),
].map(lastName)

/** Elements whose text is compared, those among them that the paths only lead to. */
export const TEXTS: ReadonlySet<string> = new Set([
  ...paths.filter(name => /^[A-Za-z]/.test(name)),
  'Address',
  'EmailAddress',
  'PrimarySmtpAddress',
  'SID',
  'MailboxGuid',
])

/** Elements that count by being there. */
export const PRESENT: ReadonlySet<string> = new Set([
  'PermissionSet',
  'CalendarPermissionSet',
  'PushSubscriptionRequest',
])

/** Attributes whose value is compared. */
export const isComparedAttribute = (local: string): boolean =>
  local.endsWith('Id') || paths.includes(`@${local}`) || local === 'FieldURI'

/** Returns local names of the elements that name a mailbox in an operation, without the owner of a folder. */
export const mailboxElementsOf = (requestElement: string): readonly string[] =>
  rows
    .filter(row => row.requestElement === requestElement)
    .flatMap(({ mailboxSelectors }) => mailboxSelectors)
    .filter(path => !path.includes('@') && !/DistinguishedFolderId|WellKnownFolder/.test(path))
    .map(lastName)
    .filter(name => /^[A-Za-z]/.test(name))

/** As it is compared: libxml2's wrapper for JavaScript drops a byte order mark before a text. */
export const comparable = (text: string): string => text.replace(/^\u{feff}/u, '')

/** All that an operation element names. */
export function namedIn(operation: Seen): string[] {
  const named: string[] = []
  const look = ({ name, text, attributes, children }: Seen) => {
    if (children.length === 0 && TEXTS.has(name)) named.push(`${name}=${comparable(text)}`)
    if (PRESENT.has(name)) named.push(`+${name}`)
    for (const [local, value] of attributes)
      if (isComparedAttribute(local)) named.push(`@${local}=${comparable(value)}`)
    for (const child of children) look(child)
  }
  look(operation)
  return named.sort()
}
