/**
 * Resolves a version conflict: compares the original version, the saved version, and the form.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useEffect } from 'react'
import { Differences } from './differences.tsx'
import type { Editing } from './editing.ts'
import type { Texts } from './form.ts'

type Props<Saved, Values> = {
  /** Edited object, such as "this user". */
  what: string
  editing: Editing<Saved, Values>
  /** Returns undefined if the object was deleted. */
  textsOf: (saved: Saved) => Texts | undefined
  /** Texts of the form. */
  mine: Texts
}

/** Notice above a form. Empty without a conflict. Saves and discards nothing until the user chooses a version. */
export function Conflict<Saved, Values>({ what, editing, textsOf, mine }: Props<Saved, Values>) {
  const { opened, conflict, action } = editing
  const isOpen = conflict !== undefined
  const theirs = conflict?.theirs
  // biome-ignore lint/correctness/useExhaustiveDependencies: again for each further version
  useEffect(() => {
    if (isOpen) window.scrollTo(0, 0)
  }, [isOpen, theirs])
  if (conflict === undefined) return null
  const saved = textsOf(conflict.theirs)
  return (
    <Alert
      type="warning"
      header={`Someone else ${saved === undefined ? 'deleted' : 'changed'} ${what}`}
      action={
        <SpaceBetween direction="horizontal" size="xs">
          <Button formAction="none" onClick={conflict.discard}>
            Discard my changes
          </Button>
          <Button formAction="none" loading={action.isBusy} onClick={conflict.overwrite}>
            {saved === undefined ? 'Create again' : 'Overwrite'}
          </Button>
        </SpaceBetween>
      }
    >
      {saved === undefined ? (
        `Your changes are not saved. Discard them, or create ${what} again with the values in the form.`
      ) : (
        <SpaceBetween size="s">
          <Box color="inherit">
            Your changes are not saved. Discard them to keep the saved version. Or copy what you
            need from the saved version to the form, and then overwrite the saved version.
          </Box>
          <Differences
            variant="embedded"
            empty="The saved version is the same as your changes."
            versions={[
              { header: 'Original version', texts: textsOf(opened) ?? {} },
              { header: 'Saved version', texts: saved },
              { header: 'Your changes', texts: mine },
            ]}
          />
        </SpaceBetween>
      )}
    </Alert>
  )
}
