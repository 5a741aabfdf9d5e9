/**
 * Reads the outputs of API actions for a page.
 *
 * @module
 */

import { useCallback, useEffect, useState } from 'react'
import type { Input, Output, Target } from '../api/actions.ts'
import { type ActiveSession, useSession } from '../session/session.ts'

export type Query<T> = {
  /** Last output. It remains available while a reload is in progress. */
  data: T | undefined
  error: unknown
  isLoading: boolean
  reload: () => void
}

/** Calls an action. Leaving the page cancels the call. */
export type Reading = ActiveSession['call']

type State<T> = { key: string; data?: T; error?: unknown; isLoading: boolean }

/**
 * Reads now, and again when the input changes. Ignores the output of an earlier input.
 *
 * @param input - input of the action; undefined to read nothing
 */
export const useQuery = <T extends Target>(
  target: T,
  input: Input<T> | undefined,
): Query<Output<T>> =>
  useRead(JSON.stringify([target, input]), input && (call => call(target, input)))

/**
 * Reads data that takes more than one call: now, and again when the key changes.
 *
 * @param key - identifies the data, such as an ID
 * @param read - undefined to read nothing
 */
export function useRead<T>(
  key: string,
  read: ((call: Reading) => Promise<T>) | undefined,
): Query<T> {
  const { call } = useSession()
  const [turn, setTurn] = useState(0)
  const [state, setState] = useState<State<T>>({ key, isLoading: read !== undefined })

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key identifies the data
  useEffect(() => {
    if (read === undefined) return
    const leaving = new AbortController()
    setState(present => ({
      ...(present.key === key && { data: present.data }),
      key,
      isLoading: true,
    }))
    read((target, input) => call(target, input, leaving.signal)).then(
      data => {
        if (!leaving.signal.aborted) setState({ key, data, isLoading: false })
      },
      (error: unknown) => {
        if (!leaving.signal.aborted)
          setState(present => ({ key, data: present.data, error, isLoading: false }))
      },
    )
    return () => leaving.abort()
  }, [key, turn, call])

  const reload = useCallback(() => setTurn(present => present + 1), [])
  return { data: state.data, error: state.error, isLoading: state.isLoading, reload }
}

/** Returns a value, or the last one while it is being read again. */
export function useLast<T>(value: T | undefined): T | undefined {
  const [last, setLast] = useState(value)
  if (value !== undefined && value !== last) setLast(value)
  return value ?? last
}
