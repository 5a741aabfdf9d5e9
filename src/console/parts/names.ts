/**
 * What users and groups are called whose ids stand in rules.
 *
 * @module
 */

import { useEffect, useReducer } from 'react'
import { type ActiveSession, useSession } from '../session/session.ts'

/** By id; what is asked for already is a promise. Never more than pages have named. */
const known = new Map<string, string | Promise<void>>()

type Call = ActiveSession['call']

/** Reads them. @returns what a user's id is called: the address, or the id itself */
export function useUserNames(ids: readonly string[]): (id: string) => string {
  const { may } = useSession()
  return useNames(may('workmail:DescribeUser') ? ids : [], emailOf)
}

/** The same for groups: their names. */
export function useGroupNames(ids: readonly string[]): (id: string) => string {
  const { may } = useSession()
  return useNames(may('workmail:DescribeGroup') ? ids : [], groupNameOf)
}

const emailOf = async (call: Call, id: string) =>
  (await call('WorkMailService.DescribeUser', { UserId: id })).Email

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
    let isHere = true
    for (const id of JSON.parse(wanted) as string[]) {
      const reading = known.get(id) ?? begin(id)
      if (typeof reading !== 'string') void reading.then(() => isHere && refresh())
    }
    function begin(id: string): Promise<void> {
      const reading = read(call, id).then(
        name => void known.set(id, name),
        () => void known.delete(id),
      )
      known.set(id, reading)
      return reading
    }
    return () => {
      isHere = false
    }
  }, [wanted, call, read])

  return id => {
    const name = known.get(id)
    return typeof name === 'string' ? name : id
  }
}

/** Remembers what a search has found. */
export function remember(id: string, name: string): void {
  known.set(id, name)
}
