/**
 * Corrects attributes that the layout sets.
 *
 * @module
 */

import { useEffect } from 'react'

/**
 * Removes `aria-orientation` from navigation, whose role doesn't allow it. The layout sets it whenever the window becomes
 * narrow.
 */
export function useAllowedAttributes(): void {
  useEffect(() => {
    const remove = () => {
      for (const nav of document.querySelectorAll('nav[aria-orientation]'))
        nav.removeAttribute('aria-orientation')
    }
    remove()
    const observer = new MutationObserver(remove)
    observer.observe(document.body, { childList: true, subtree: true })
    return () => observer.disconnect()
  }, [])
}
