/**
 * Something that the reader has asked for, while it is being done.
 *
 * @module
 */

import { useState } from 'react'

export type Doing = {
  isBusy: boolean
  /** What the last one ended with. */
  error: unknown
  /** Runs it, unless one runs already; whatever it throws is the error. */
  run: (act: () => Promise<void>) => void
  reset: () => void
}

export function useDoing(): Doing {
  const [state, setState] = useState<{ isBusy: boolean; error?: unknown }>({ isBusy: false })
  const run = (act: () => Promise<void>) => {
    if (state.isBusy) return
    setState({ isBusy: true })
    act().then(
      () => setState({ isBusy: false }),
      (error: unknown) => setState({ isBusy: false, error }),
    )
  }
  return { ...state, error: state.error, run, reset: () => setState({ isBusy: false }) }
}
