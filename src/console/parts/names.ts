/**
 * Resolves IDs of users and groups to the names that pages show.
 *
 * @module
 */

import { useEffect, useReducer } from 'react'
import { type ActiveSession, useSession } from '../session/session.ts'

/** Names by ID, and a promise for each ID that is being read. Only IDs that pages have shown. */
const names = new Map<string, string | Promise<void>>()

type Call = ActiveSession['call']

/** Reads users. @returns a function from a user's ID to the address, or to the ID itself if the address is unknown */
export function useUserNames(ids: readonly string[]): (id: string) => string {
  const { may } = useSession()
  const read = may('ewsgateway:ListFormerNames') ? emailOrFormerOf : emailOf
  return useNames(may('workmail:DescribeUser') ? ids : [], read)
}

/** Reads groups. @returns a function from a group's ID to its name, or to the ID itself if the name is unknown */
export function useGroupNames(ids: readonly string[]): (id: string) => string {
  const { may } = useSession()
  return useNames(may('workmail:DescribeGroup') ? ids : [], groupNameOf)
}

const emailOf = async (call: Call, id: string) =>
  (await call('WorkMailService.DescribeUser', { UserId: id })).Email

/** Returns the last address of a deleted user. */
const emailOrFormerOf = (call: Call, id: string) =>
  emailOf(call, id).catch(async () => {
    const { FormerNames } = await call('EwsGateway.ListFormerNames', { UserId: id })
    return FormerNames.find(({ Kind }) => Kind === 'ADDRESS')?.Name ?? id
  })

const groupNameOf = async (call: Call, id: string) =>
  (await call('WorkMailService.DescribeGroup', { GroupId: id })).Name

function useNames(
  ids: readonly string[],
  read: (call: Call, id: string) => Promise<string>,
): (id: string) => string {
  const { call } = useSession()
  const [, refresh] = useReducer((turn: number) => turn + 1, 0)
  const wanted = JSON.stringify([...new Set(ids)].sort())

  useEffect(() => {
    let isMounted = true
    for (const id of JSON.parse(wanted) as string[]) {
      const reading = names.get(id) ?? begin(id)
      if (typeof reading !== 'string') void reading.then(() => isMounted && refresh())
    }
    function begin(id: string): Promise<void> {
      const reading = read(call, id).then(
        name => void names.set(id, name),
        () => void names.delete(id),
      )
      names.set(id, reading)
      return reading
    }
    return () => {
      isMounted = false
    }
  }, [wanted, call, read])

  return id => {
    const name = names.get(id)
    return typeof name === 'string' ? name : id
  }
}

/** Stores a name that a search has returned. */
export function remember(id: string, name: string): void {
  names.set(id, name)
}
