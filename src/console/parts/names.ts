/**
 * Resolves IDs of users and groups to the names that pages show.
 *
 * @module
 */

import { useEffect, useReducer } from 'react'
import { type ActiveSession, useSession } from '../session/session.ts'

type Call = ActiveSession['call']

/** Maximum number of users in one call. */
const PER_CALL = 1_000

/** Reads the names of IDs. Leaves out IDs without a name. */
type Read = (call: Call, ids: readonly string[]) => Promise<readonly (readonly [string, string])[]>

/** Reads users. @returns a function from a user's ID to the address, or to the ID itself if the address is unknown */
export function useUserNames(ids: readonly string[]): (id: string) => string {
  const { may } = useSession()
  const read = may('ewsgateway:ListFormerNames') ? readEmailsOrFormer : readEmails
  return useNames(may('ewsgateway:GetUsers') ? ids : [], read)
}

/** Reads groups. @returns a function from a group's ID to its name, or to the ID itself if the name is unknown */
export function useGroupNames(ids: readonly string[]): (id: string) => string {
  const { may } = useSession()
  return useNames(may('workmail:DescribeGroup') ? ids : [], readGroupNames)
}

const readEmails: Read = async (call, ids) => {
  const emails: [string, string][] = []
  for (let from = 0; from < ids.length; from += PER_CALL) {
    const Identifiers = ids.slice(from, from + PER_CALL)
    const { Users } = await call('EwsGateway.GetUsers', { Identifiers })
    emails.push(...Users.map(({ Identifier, Email }) => [Identifier, Email] as [string, string]))
  }
  return emails
}

/** Returns the last addresses of deleted users too. */
const readEmailsOrFormer: Read = async (call, ids) => {
  const emails = await readEmails(call, ids)
  const found = new Set(emails.map(([id]) => id))
  const deleted = ids.filter(id => !found.has(id))
  const former = await readEach(deleted, async UserId => {
    const { FormerNames } = await call('EwsGateway.ListFormerNames', { UserId })
    return FormerNames.find(({ Kind }) => Kind === 'ADDRESS')?.Name ?? UserId
  })
  return [...emails, ...former]
}

const readGroupNames: Read = (call, ids) =>
  readEach(ids, async GroupId => (await call('WorkMailService.DescribeGroup', { GroupId })).Name)

/** Reads the names one by one. Leaves out IDs whose read fails. */
async function readEach(ids: readonly string[], read: (id: string) => Promise<string>) {
  const reads = ids.map(id =>
    read(id).then(
      name => [[id, name] as const],
      () => [],
    ),
  )
  return (await Promise.all(reads)).flat()
}

function useNames(ids: readonly string[], read: Read): (id: string) => string {
  const { call, names } = useSession()
  const [, refresh] = useReducer((turn: number) => turn + 1, 0)
  const wanted = JSON.stringify([...new Set(ids)].sort())

  useEffect(() => {
    let isMounted = true
    const known: string[] = JSON.parse(wanted)
    const unknown = known.filter(id => !names.has(id))
    if (unknown.length > 0) begin(names, unknown, read(call, unknown))
    for (const reading of new Set(known.map(id => names.get(id))))
      if (typeof reading === 'object') void reading.then(() => isMounted && refresh())
    return () => {
      isMounted = false
    }
  }, [wanted, call, names, read])

  return id => {
    const name = names.get(id)
    return typeof name === 'string' ? name : id
  }
}

/** Stores names that are being read. IDs without a name are read again the next time. */
function begin(
  names: ActiveSession['names'],
  ids: readonly string[],
  read: ReturnType<Read>,
): void {
  const reading = read
    .catch(() => [])
    .then(found => {
      for (const id of ids) names.delete(id)
      for (const [id, name] of found) names.set(id, name)
    })
  for (const id of ids) names.set(id, reading)
}
