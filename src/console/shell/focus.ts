/**
 * Keeps keyboard focus on the page.
 *
 * @module
 */

import { useEffect } from 'react'

/**
 * Moves focus to the heading of the page when the focused element is removed, for example when saving a form opens
 * another page. Otherwise, the browser would start again at the top of the document.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let last: Element | undefined
    const entered = ({ target }: FocusEvent) => {
      last = target instanceof Element ? target : undefined
    }
    // An element loses focus if it is removed, or if the user clicks outside of it.
    const left = ({ target, relatedTarget }: FocusEvent) => {
      if (relatedTarget === null)
        setTimeout(() => {
          if (last === target && last?.isConnected) last = undefined
        })
    }
    const restore = () => {
      if (last === undefined || last.isConnected || document.activeElement !== document.body) return
      // Does nothing while the page loads, because it has no heading yet.
      const heading = document.querySelector<HTMLElement>('main h1')
      if (heading === null) return
      heading.tabIndex = -1
      heading.focus({ preventScroll: true })
    }
    // Waits until React has run effects, in which components move focus themselves.
    const observer = new MutationObserver(() => setTimeout(restore))
    observer.observe(document.body, { childList: true, subtree: true })
    document.addEventListener('focusin', entered)
    document.addEventListener('focusout', left)
    return () => {
      observer.disconnect()
      document.removeEventListener('focusin', entered)
      document.removeEventListener('focusout', left)
    }
  }, [])
}
