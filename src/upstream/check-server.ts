/**
 * Steps of a check that compare the server with the configuration: its kind and its IDs.
 *
 * @module
 */

import { placeOf } from '../ews/item-id.ts'
import type { ServerKind } from '../model/server-kind.ts'
import { failed } from './check-connection.ts'
import type { CheckLine, CheckOptions } from './upstream.ts'

/** Facts about a server that the response to opening a folder shows. */
export type Shown = Readonly<{
  folderId: string | undefined
  /** Whether the response is a SOAP fault with HTTP status 200. */
  isFaultWith200: boolean
}>

/** Checks that the server is of the configured kind. A failed check says what to configure. */
export function checkKind(configured: ServerKind, shown: Shown): CheckLine {
  const name = 'kind'
  const seen = kindOf(shown, configured)
  if (seen === undefined)
    return { name, result: 'skipped', detail: 'cannot be checked without a folder ID' }
  const { kind, why } = seen
  if (kind === configured) return { name, result: 'ok', detail: `${kind}: ${why}` }
  return failed(
    name,
    `${why}, but upstream.kind is ${configured}`,
    `In the organization's upstream, set kind: ${kind}`,
  )
}

/** Checks that the gateway accepts the server's IDs. A failed check says what to configure. */
export function checkIds(setting: CheckOptions['opaqueIds'], { folderId }: Shown): CheckLine {
  const name = 'IDs'
  if (folderId === undefined)
    return { name, result: 'skipped', detail: 'cannot be checked without a folder ID' }
  const { kind } = placeOf(folderId)
  if (kind === 'mailbox' || (kind === 'elsewhere' && !isOfGrommunio(folderId)))
    return { name, result: 'ok', detail: 'they tell which mailbox they belong to' }
  if (isOfGrommunio(folderId))
    return failed(
      name,
      'they differ from those of known versions of grommunio: roles that allow only some mailboxes deny requests with them',
      'Report the version of grommunio to the project. Until then, upstream.kind: other lets the server decide what the user can open.',
    )
  const unknown = "they don't tell which mailbox they belong to"
  if (setting === 'allow') {
    const detail = `${unknown}, and opaqueIds is allow: the server decides what the user can open`
    return { name, result: 'ok', detail }
  }
  return failed(
    name,
    `${unknown}, and opaqueIds is refuse: roles that allow only some mailboxes deny requests with them`,
    'In the organization, set opaqueIds: allow. The server then decides what the user can open.',
  )
}

type Seen = Readonly<{ kind: ServerKind; why: string }>

/**
 * Returns the kind of server that the response shows, if any. A fault with status 200 rules out Exchange, but
 * status 500 doesn't prove it.
 */
function kindOf({ folderId, isFaultWith200 }: Shown, configured: ServerKind): Seen | undefined {
  if (folderId === undefined) {
    const why = 'a fault has HTTP status 200, as in grommunio'
    const kind = configured === 'exchange' ? 'grommunio' : configured
    return isFaultWith200 ? { kind, why } : undefined
  }
  if (isOfGrommunio(folderId))
    return { kind: 'grommunio', why: 'a folder ID has the form of grommunio' }
  if (placeOf(folderId).kind !== 'opaque')
    return { kind: 'exchange', why: 'a folder ID has the form of Exchange' }
  return { kind: 'other', why: 'a folder ID has neither the form of Exchange nor of grommunio' }
}

/** Length of a folder ID in grommunio: a MAPI entry ID, which begins with four zeros, and one byte for its type. */
const FOLDER_ID_BYTES = 47

function isOfGrommunio(id: string): boolean {
  const bytes = Buffer.from(id, 'base64')
  return bytes.length === FOLDER_ID_BYTES && bytes.readUInt32LE(0) === 0
}
