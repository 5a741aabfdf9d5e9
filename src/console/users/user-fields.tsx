/**
 * Fields of a user.
 *
 * @module
 */

import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Textarea from '@cloudscape-design/components/textarea'
import type { ReactNode } from 'react'
import type { FormState } from '../parts/form.ts'
import { FormPage } from '../parts/form-page.tsx'
import { Optional } from '../parts/optional.tsx'
import { takenIn } from '../parts/taken.ts'
import { byField, FIELDS, type UserForm } from './user-form.ts'

type Props = {
  title: string
  verb: string
  description?: string
  state: FormState<UserForm>
  onSave: () => void
  onCancel: () => void
  notice?: ReactNode
}

const labelOf = (name: keyof UserForm) =>
  name === 'address' ? FIELDS[name] : <Optional>{FIELDS[name]}</Optional>

export function UserFields(props: Props) {
  const { values: form, change, action, problems: shown } = props.state
  const problems = { ...shown, ...byField(takenIn(action.error)) }
  const input = (name: keyof UserForm, hint: string, placeholder: string) => (
    <FormField label={labelOf(name)} description={hint} errorText={problems[name]}>
      <Input
        value={form[name]}
        placeholder={placeholder}
        spellcheck={false}
        onChange={({ detail }) => change({ ...form, [name]: detail.value })}
      />
    </FormField>
  )
  return (
    <FormPage {...props}>
      {input('address', 'Address by which the server identifies the mailbox.', 'alice@example.com')}
      {input(
        'displayName',
        'Name for search results. It has no effect on access.',
        'Alice Example',
      )}
      <FormField
        label={labelOf('aliases')}
        description="Other addresses of the user, one per line. Requests can name the user by any of them."
        errorText={problems['aliases']}
      >
        <Textarea
          value={form.aliases}
          rows={3}
          spellcheck={false}
          placeholder="al@example.com"
          onChange={({ detail }) => change({ ...form, aliases: detail.value })}
        />
      </FormField>
      {input(
        'principalName',
        'User principal name. Requests can name the user by it.',
        'alice@corp.example.com',
      )}
      {input('sid', 'Security identifier. Requests can name the user by it.', 'S-1-5-21-…')}
    </FormPage>
  )
}
