/**
 * Leads the user to the first invalid field of a form.
 *
 * @module
 */

import { useEffect, useRef } from 'react'

/**
 * Returns a reference to the form, and a function that focuses its first invalid field and scrolls to it, if there is
 * one. The function waits until React has shown the problems.
 */
export function useInvalidField<T extends HTMLElement>() {
  const form = useRef<T>(null)
  const focusInvalid = () => {
    requestAnimationFrame(() => {
      const field = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')
      field?.focus({ preventScroll: true })
      field?.scrollIntoView({ block: 'center' })
    })
  }
  return { form, focusInvalid }
}

/** Focuses the first invalid field when a call has failed with an error that the form shows next to fields. */
export function useFocusAfter(error: unknown, focusInvalid: () => void): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the function does the same in each render
  useEffect(() => {
    if (error !== undefined) focusInvalid()
  }, [error])
}
