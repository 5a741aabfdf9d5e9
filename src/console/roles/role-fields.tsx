/**
 * Fields for the name, description, and type of a role.
 *
 * @module
 */

import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import Tiles from '@cloudscape-design/components/tiles'
import type { RoleType } from '../api/roles.ts'
import type { Problems } from '../parts/form.ts'
import { Optional } from '../parts/optional.tsx'
import { PeriodFields } from '../parts/period-fields.tsx'
import type { RoleForm } from './form.ts'
import { TYPE_MEANING, TYPES } from './words.ts'

type Props = {
  form: RoleForm
  problems: Problems
  mayWritePeriod: boolean
  onChange: (part: Partial<RoleForm>) => void
}

export function RoleFields({ form, problems, mayWritePeriod, onChange }: Props) {
  return (
    <Container header={<Header variant="h2">Role details</Header>}>
      <SpaceBetween size="l">
        <FormField
          label="Name"
          description="Tools can use this name to choose the role."
          constraintText="At most 64 characters. The name must be unique in the organization."
          errorText={problems['name']}
        >
          <Input
            value={form.name}
            onChange={({ detail }) => onChange({ name: detail.value })}
            placeholder="nightly-backup"
          />
        </FormField>
        <FormField label={<Optional>Description</Optional>} errorText={problems['description']}>
          <Textarea
            value={form.description}
            rows={2}
            onChange={({ detail }) => onChange({ description: detail.value })}
          />
        </FormField>
        {mayWritePeriod && (
          <PeriodFields
            period={form.period}
            problem={problems['period']}
            onChange={period => onChange({ period })}
          />
        )}
        <FormField label="Role type" stretch>
          <Tiles
            value={form.type}
            onChange={({ detail }) => onChange({ type: detail.value as RoleType })}
            items={(['READ_ONLY', 'FULL_ACCESS'] as const).map(value => ({
              value,
              label: TYPES[value],
              description: TYPE_MEANING[value],
            }))}
          />
        </FormField>
      </SpaceBetween>
    </Container>
  )
}
