/**
 * Whether the page is being printed.
 *
 * @module
 */

import { useEffect, useState } from 'react'
import { flushSync } from 'react-dom'

/** Returns true from before until after the browser prints the page. The page renders again before it is printed. */
export function useIsPrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false)
  useEffect(() => {
    const begin = () => flushSync(() => setPrinting(true))
    const end = () => setPrinting(false)
    window.addEventListener('beforeprint', begin)
    window.addEventListener('afterprint', end)
    return () => {
      window.removeEventListener('beforeprint', begin)
      window.removeEventListener('afterprint', end)
    }
  }, [])
  return isPrinting
}
