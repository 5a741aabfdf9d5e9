/**
 * Adds many users from a pasted list. Shows what the list contains before it adds anything.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import LiveRegion from '@cloudscape-design/components/live-region'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Textarea, { type TextareaProps } from '@cloudscape-design/components/textarea'
import { useRef, useState } from 'react'
import type { FoundUsers } from '../api/users.ts'
import { useSession } from '../session/session.ts'
import { useAction } from './action-state.ts'
import { readAddressList, type SortedList, sortList } from './address-list.ts'
import { Failed } from './states.tsx'

/** Maximum number of identifiers in one call. */
const PER_CALL = 1_000

type Props = { selected: readonly string[]; onAdd: (ids: string[]) => void }

export function PasteUsers({ selected, onAdd }: Props) {
  const { call, names } = useSession()
  const [text, setText] = useState('')
  const [sorted, setSorted] = useState<SortedList>()
  const [added, setAdded] = useState<number>()
  const field = useRef<TextareaProps.Ref>(null)
  const { isBusy, error, run, reset } = useAction()

  const check = async () => {
    const entries = readAddressList(text)
    const unique = [...new Set(entries)]
    const answers: FoundUsers[] = []
    for (let from = 0; from < unique.length; from += PER_CALL) {
      const Identifiers = unique.slice(from, from + PER_CALL)
      answers.push(await call('EwsGateway.GetUsers', { Identifiers }))
    }
    setSorted(sortList(entries, answers, selected))
  }
  const change = (next: string) => {
    setText(next)
    setSorted(undefined)
    setAdded(undefined)
    reset()
  }
  const add = (users: SortedList['found']) => {
    for (const { UserId, Email } of users) names.set(UserId, Email)
    onAdd(users.map(({ UserId }) => UserId))
    change('')
    setAdded(users.length)
    // The focused button disappears with the result.
    field.current?.focus()
  }
  return (
    <ExpandableSection headerText="Paste a list" variant="footer">
      <SpaceBetween size="s">
        <FormField
          label="List of users"
          description="Addresses, aliases, sign-in names, or IDs, separated by lines, commas, semicolons, or spaces. Name <address> works too."
        >
          <Textarea
            ref={field}
            value={text}
            rows={4}
            spellcheck={false}
            disabled={isBusy}
            onChange={({ detail }) => change(detail.value)}
          />
        </FormField>
        <Button disabled={text.trim() === ''} loading={isBusy} onClick={() => run(check)}>
          Check list
        </Button>
        {error !== undefined && <Failed error={error} title="Cannot check the list" />}
        <LiveRegion>
          {added !== undefined && (
            <StatusIndicator type="success">Added {usersInWords(added)}</StatusIndicator>
          )}
          {sorted && <StatusIndicator type="info">{inWords(sorted)}</StatusIndicator>}
        </LiveRegion>
        {sorted && <Result sorted={sorted} onAdd={() => add(sorted.found)} />}
      </SpaceBetween>
    </ExpandableSection>
  )
}

function Result({ sorted, onAdd }: { sorted: SortedList; onAdd: () => void }) {
  const { found, duplicates, unknown, ambiguous } = sorted
  return (
    <SpaceBetween size="s">
      <Lines label="Found" lines={found.map(({ Email }) => Email)} />
      <Lines
        label="Unknown"
        lines={unknown}
        problem="The gateway has no user with these names. They are not added."
      />
      <Lines
        label="Ambiguous"
        lines={ambiguous}
        problem="Each is the address of one user and the sign-in name of another. Enter the user ID instead."
      />
      <Lines
        label="Duplicates"
        lines={duplicates}
        description="These users are selected already, or the list names them more than once."
      />
      {found.length > 0 && <Button onClick={onAdd}>Add {usersInWords(found.length)}</Button>}
    </SpaceBetween>
  )
}

type LinesProps = {
  label: string
  lines: readonly string[]
  description?: string
  problem?: string
}

/** Shows many lines in a field from which they can be copied. */
function Lines({ label, lines, description, problem }: LinesProps) {
  if (lines.length === 0) return null
  return (
    <FormField
      label={`${label} (${lines.length.toLocaleString()})`}
      description={description}
      warningText={problem}
    >
      <Textarea
        value={lines.join('\n')}
        rows={Math.min(lines.length, 5)}
        spellcheck={false}
        readOnly
      />
    </FormField>
  )
}

const inWords = ({ found, unknown, ambiguous, duplicates }: SortedList): string =>
  [
    `${usersInWords(found.length)} found`,
    `${unknown.length.toLocaleString()} unknown`,
    ambiguous.length > 0 && `${ambiguous.length.toLocaleString()} ambiguous`,
    `${duplicates.length.toLocaleString()} ${duplicates.length === 1 ? 'duplicate' : 'duplicates'}`,
  ]
    .filter(Boolean)
    .join(', ')

const usersInWords = (count: number) =>
  `${count.toLocaleString()} ${count === 1 ? 'user' : 'users'}`
