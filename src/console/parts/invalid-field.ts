/**
 * Leads the user to the first invalid field of a form.
 *
 * @module
 */

import { useEffect, useRef } from 'react'
import type { FormState } from './form.ts'

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

/**
 * Returns a reference to a form whose first invalid field gets the focus when the values were rejected: by the form, or
 * by a call whose error the form shows next to fields.
 */
export function useFocusRejected<T extends HTMLElement>(
  state: Pick<FormState<unknown>, 'action' | 'rejections'>,
) {
  const { form, focusInvalid } = useInvalidField<T>()
  const { rejections, action } = state
  // biome-ignore lint/correctness/useExhaustiveDependencies: the function does the same in each render
  useEffect(() => {
    if (rejections > 0 || action.error !== undefined) focusInvalid()
  }, [rejections, action.error])
  return form
}
