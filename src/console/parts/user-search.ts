/**
 * Searches users, one page at a time.
 *
 * @module
 */

import { useEffect, useRef, useState } from 'react'
import { describeFailure } from '../api/failure.ts'
import type { FoundUser } from '../api/users.ts'
import { useSession } from '../session/session.ts'

const PAGE = 50
/** Time without typing after which a search starts. */
const PAUSE_MS = 150

type Status = 'pending' | 'loading' | 'finished' | 'error'

/** Returns the results of the last search. A new search cancels the previous one. */
export function useUserSearch() {
  const { call, names } = useSession()
  const [users, setUsers] = useState<readonly FoundUser[]>([])
  const [status, setStatus] = useState<Status>('pending')
  const [problem, setProblem] = useState<string>()
  const next = useRef<string>(undefined)
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])

  const search = (text: string, isFirst: boolean) => {
    running.current?.abort()
    const mine = new AbortController()
    running.current = mine
    setStatus('loading')
    if (isFirst) setUsers([])
    const read = async () => {
      if (isFirst && text !== '') await pause(PAUSE_MS)
      if (mine.signal.aborted) return
      const found = await call(
        'EwsGateway.SearchUsers',
        {
          MaxResults: PAGE,
          ...(text.trim() !== '' && { Text: text.trim() }),
          ...(!isFirst && next.current !== undefined && { NextToken: next.current }),
        },
        mine.signal,
      )
      if (mine.signal.aborted) return
      for (const { UserId, Email } of found.Users) names.set(UserId, Email)
      next.current = found.NextToken
      setUsers(present => (isFirst ? found.Users : [...present, ...found.Users]))
      setStatus(found.NextToken === undefined ? 'finished' : 'pending')
    }
    read().catch((error: unknown) => {
      if (mine.signal.aborted) return
      setProblem(describeFailure(error))
      setStatus('error')
    })
  }
  return { users, status, problem, search }
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
