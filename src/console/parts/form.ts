/**
 * State of a form: its values, their problems, and the action that saves them.
 *
 * @module
 */

import { useState } from 'react'
import { type ActionState, useAction } from './action-state.ts'

/** Texts by field. Empty if the values can be saved. */
export type Problems = Readonly<Record<string, string>>

/** Text of each field by its label, for comparisons. All versions of an object have the same labels. */
export type Texts = Readonly<Record<string, string>>

export type FormState<Values> = {
  values: Values
  change: (values: Values) => void
  /** Whether values are not saved. */
  isDirty: boolean
  action: ActionState
  /** Problems that the form shows: none until the user has tried to save. */
  problems: Problems
  /** How often the user has tried to save values that have problems. */
  rejections: number
  /** Runs an action on the values, unless they have problems. */
  submit: (act: (values: Values) => Promise<void>) => void
}

/** @param first - values that the form starts with */
export function useForm<Values>(
  first: Values,
  problemsOf: (values: Values) => Problems,
): FormState<Values> {
  const action = useAction()
  const [values, setValues] = useState(first)
  const [rejections, setRejections] = useState(0)
  const problems = problemsOf(values)
  return {
    values,
    change: next => {
      setValues(next)
      action.reset()
    },
    isDirty: !isSame(values, first),
    action,
    problems: rejections > 0 ? problems : {},
    rejections,
    submit: act => {
      if (Object.keys(problems).length === 0) action.run(() => act(values))
      else setRejections(count => count + 1)
    },
  }
}

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
