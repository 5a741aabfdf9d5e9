/**
 * IDs of an unknown form, for the imitation of servers whose IDs don't tell which mailbox they belong to: those of
 * grommunio after a byte that no known ID begins with.
 *
 * @module
 */

import { GROMOX_IDS } from './gromox-ids.ts'
import type { IdForm } from './ids.ts'

const FIRST = Buffer.of(0xff)

export const OPAQUE_IDS: IdForm = {
  ...GROMOX_IDS,
  write: target => hide(GROMOX_IDS.write(target)),
  read: id => {
    const bytes = Buffer.from(id, 'base64')
    const isOwn = bytes.toString('base64') === id && bytes[0] === FIRST[0]
    return isOwn ? GROMOX_IDS.read(bytes.subarray(1).toString('base64')) : undefined
  },
  conversation: (guid, hash) => hide(GROMOX_IDS.conversation(guid, hash)),
}

const hide = (id: string): string =>
  Buffer.concat([FIRST, Buffer.from(id, 'base64')]).toString('base64')
