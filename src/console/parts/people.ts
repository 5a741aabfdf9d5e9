/**
 * Addresses of users whose ids stand in rules.
 *
 * @module
 */

import { useEffect, useReducer } from 'react'
import { useSession } from '../session/session.ts'

/** By user id; what is asked for already is a promise. Never more than the rules on a page name. */
const known = new Map<string, string | Promise<void>>()

/** Reads them, a few at a time. @returns what an id is called: the address, or the id itself */
export function usePeople(ids: readonly string[]): (id: string) => string {
  const { call, may } = useSession()
  const [, refresh] = useReducer((turn: number) => turn + 1, 0)
  const wanted = [...new Set(ids)].sort().join(' ')

  useEffect(() => {
    if (!may('workmail:DescribeUser')) return
    let isHere = true
    const read = async (id: string) => {
      try {
        known.set(id, (await call('WorkMailService.DescribeUser', { UserId: id })).Email)
      } catch {
        known.delete(id)
      }
      if (isHere) refresh()
    }
    const missing = wanted.split(' ').filter(id => id !== '' && !known.has(id))
    for (const id of missing) known.set(id, read(id))
    return () => {
      isHere = false
    }
  }, [wanted, call, may])

  return id => {
    const name = known.get(id)
    return typeof name === 'string' ? name : id
  }
}

/** Remembers what a search has found. */
export function remember(id: string, email: string): void {
  known.set(id, email)
}
