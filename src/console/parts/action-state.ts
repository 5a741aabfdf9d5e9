/**
 * State of an action that the user started, such as saving a form.
 *
 * @module
 */

import { useRef, useState } from 'react'

export type ActionState = {
  isBusy: boolean
  /** Error of the last run, or undefined. */
  error: unknown
  /** Runs an action unless one is running. An exception becomes the error. */
  run: (act: () => Promise<void>) => void
  /** Clears the error, after the user changed its cause. */
  reset: () => void
}

export function useAction(): ActionState {
  const [state, setState] = useState<{ isBusy: boolean; error?: unknown }>({ isBusy: false })
  // A second click can arrive before React renders the state of the first one.
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
