/**
 * Something that the reader has asked for, while it is being done.
 *
 * @module
 */

import { useRef, useState } from 'react'

export type ActionState = {
  isBusy: boolean
  /** What the last one ended with. */
  error: unknown
  /** Runs it, unless one runs already; whatever it throws is the error. */
  run: (act: () => Promise<void>) => void
  /** Forgets the error: what caused it has been changed. */
  reset: () => void
}

export function useAction(): ActionState {
  const [state, setState] = useState<{ isBusy: boolean; error?: unknown }>({ isBusy: false })
  // State is known at the next render only, and one click can ask twice.
  const isRunning = useRef(false)
  const run = (act: () => Promise<void>) => {
    if (isRunning.current) return
    isRunning.current = true
    setState({ isBusy: true })
    const end = (error?: unknown) => {
      isRunning.current = false
      setState({ isBusy: false, error })
    }
    act().then(() => end(), end)
  }
  const reset = () => setState(present => (present.isBusy ? present : { isBusy: false }))
  return { ...state, error: state.error, run, reset }
}
