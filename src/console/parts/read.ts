/**
 * Reads data for a page with more than one API call.
 *
 * @module
 */

import { useCallback, useEffect, useState } from 'react'
import { type ActiveSession, useSession } from '../session/session.ts'
import type { Query } from './query.ts'

/** Calls an action. Leaving the page cancels the call. */
export type Reading = ActiveSession['call']

/**
 * Reads now, and again when the key changes.
 *
 * @param key - identifies the data, such as an ID
 */
export function useRead<T>(key: string, read: (call: Reading) => Promise<T>): Query<T> {
  const { call } = useSession()
  const [turn, setTurn] = useState(0)
  const [state, setState] = useState<Omit<Query<T>, 'reload'>>(NOTHING)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key identifies the data
  useEffect(() => {
    const leaving = new AbortController()
    const calling: Reading = (target, input) => call(target, input, leaving.signal)
    setState(present => ({ ...present, isLoading: true }))
    read(calling).then(
      data => {
        if (!leaving.signal.aborted) setState({ data, error: undefined, isLoading: false })
      },
      (error: unknown) => {
        if (!leaving.signal.aborted) setState(({ data }) => ({ data, error, isLoading: false }))
      },
    )
    return () => leaving.abort()
  }, [key, turn, call])

  const reload = useCallback(() => setTurn(present => present + 1), [])
  return { ...state, reload }
}

const NOTHING = { data: undefined, error: undefined, isLoading: true }
