/**
 * State of a form that edits a saved object, of which someone else can save another version in the meantime.
 *
 * @module
 */

import { useState } from 'react'
import { isConflict } from '../api/failure.ts'
import { leave } from '../routing/router.ts'
import { type FormState, isSame, type Problems, useForm } from './form.ts'

type Options<Saved, Values> = {
  /** Object as the page was opened with it. */
  opened: Saved
  valuesOf: (opened: Saved) => Values
  /** Values that the form starts with instead of those of the object. */
  first?: Values
  problemsOf: (values: Values) => Problems
  /** Path of the page that shows the object. */
  page: string
  /** Reads the object again. */
  read: () => Promise<Saved>
  /** Saves the values in place of one version. @throws CallFailure of the type ConflictException for another version */
  write: (values: Values, replaced: Saved) => Promise<void>
}

export type Editing<Saved, Values> = FormState<Values> & {
  opened: Saved
  /** Saves the values in place of the version that the page was opened with, and leaves the page. */
  save: () => void
  /** Version that someone else saved in place of that version. */
  conflict: Conflict<Saved> | undefined
}

type Conflict<Saved> = {
  theirs: Saved
  /** Saves the values in place of their version, and leaves the page. */
  overwrite: () => void
  /** Leaves the page without saving the values. */
  discard: () => void
}

/** Neither version is lost when someone else saves the object: the values stay in the form until the user decides. */
export function useEditing<Saved, Values>(options: Options<Saved, Values>): Editing<Saved, Values> {
  const { opened, valuesOf, problemsOf, page, read, write } = options
  const saved = valuesOf(opened)
  const form = useForm(options.first ?? saved, problemsOf)
  const [found, setFound] = useState<{ theirs: Saved }>()
  const replace = (version: Saved) =>
    form.submit(async values => {
      try {
        await write(values, version)
      } catch (error) {
        if (!isConflict(error)) throw error
        setFound({ theirs: await read() })
        return
      }
      leave(page)
    })
  return {
    ...form,
    isDirty: !isSame(form.values, saved),
    opened,
    save: () => replace(opened),
    conflict: found && {
      theirs: found.theirs,
      overwrite: () => replace(found.theirs),
      discard: () => leave(page),
    },
  }
}
