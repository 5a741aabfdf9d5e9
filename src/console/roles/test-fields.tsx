/**
 * Fields of the request to test: the user, the operation, and the caller, or the whole request.
 *
 * @module
 */

import Autosuggest from '@cloudscape-design/components/autosuggest'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { UserSuggest } from '../parts/user-suggest.tsx'
import { usePrincipals } from '../principals/all.ts'
import { useSession } from '../session/session.ts'
import { OPERATIONS } from './words.ts'

/** Values of the fields of the test form. */
export type TestInput = {
  user: string
  operation: string
  address: string
  /** ID of the principal, or empty. */
  principal: string
  body: string
}

/** Whether the request itself contains the user and the operation. */
export const hasBody = ({ body }: TestInput): boolean => body.trim() !== ''

export const isComplete = (tested: TestInput): boolean =>
  tested.address.trim() !== '' &&
  (hasBody(tested) || (tested.user.trim() !== '' && tested.operation.trim() !== ''))

type Props = { value: TestInput; isTried: boolean; onChange: (change: Partial<TestInput>) => void }

export function TestFields({ value, isTried, onChange }: Props) {
  const { may } = useSession()
  return (
    <SpaceBetween size="l">
      {!hasBody(value) && <NamedFields value={value} isTried={isTried} onChange={onChange} />}
      <FormField
        label="Source address"
        description="IP address of the client, for access control rules."
        errorText={value.address.trim() === '' && 'Enter an IP address.'}
      >
        <Input
          value={value.address}
          onChange={({ detail }) => onChange({ address: detail.value })}
        />
      </FormField>
      <ExpandableSection headerText="Caller and body" variant="footer">
        <SpaceBetween size="l">
          {may('ewsgateway:ListPrincipals') && (
            <PrincipalField
              value={value.principal}
              onChange={principal => onChange({ principal })}
            />
          )}
          <FormField
            label="Request body"
            description="A whole EWS request as XML. It replaces the target user and the operation."
            constraintText="At most 256 KiB. The request is evaluated but not sent to the server."
          >
            <Textarea
              value={value.body}
              onChange={({ detail }) => onChange({ body: detail.value })}
              rows={6}
              spellcheck={false}
            />
          </FormField>
        </SpaceBetween>
      </ExpandableSection>
    </SpaceBetween>
  )
}

function NamedFields({ value: { user, operation }, isTried, onChange }: Props) {
  return (
    <SpaceBetween size="l">
      <FormField
        label="Target user"
        description="User to impersonate: an address, a sign-in name, a SID, or a user ID."
        errorText={isTried && user.trim() === '' && 'Enter a user.'}
      >
        <UserSuggest value={user} onChange={name => onChange({ user: name })} label="Target user" />
      </FormField>
      <FormField label="Operation" errorText={operation.trim() === '' && 'Enter an operation.'}>
        <Autosuggest
          value={operation}
          onChange={({ detail }) => onChange({ operation: detail.value })}
          options={OPERATIONS.map(value => ({ value }))}
          enteredTextLabel={value => `Use ${value}`}
          ariaLabel="Operation"
          empty="No matching operations. You can enter any EWS operation."
          expandToViewport
        />
      </FormField>
    </SpaceBetween>
  )
}

const NO_PRINCIPAL = { value: '', label: 'No principal' }

type PrincipalProps = { value: string; onChange: (id: string) => void }

function PrincipalField({ value, onChange }: PrincipalProps) {
  const { data = [], error, isLoading, reload } = usePrincipals()
  const options = [
    NO_PRINCIPAL,
    ...data.map(({ PrincipalId, Name }) => ({ value: PrincipalId, label: Name })),
  ]
  return (
    <FormField
      label="Principal"
      description="Caller of the request. If you select no principal, the policy of the caller is not evaluated."
    >
      <Select
        selectedOption={options.find(option => option.value === value) ?? NO_PRINCIPAL}
        options={options}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
        statusType={error !== undefined ? 'error' : isLoading ? 'loading' : 'finished'}
        loadingText="Loading principals"
        errorText="Cannot load principals."
        recoveryText="Try again"
        onLoadItems={() => error !== undefined && reload()}
        filteringType="auto"
        expandToViewport
      />
    </FormField>
  )
}
