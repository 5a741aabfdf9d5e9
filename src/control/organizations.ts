/**
 * Actions that read organizations. They are part of the configuration, so no action changes them.
 *
 * @module
 */

import type { Organization } from '../model/identity.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/organization.ts'
import { pageOf } from './paging.ts'

const listOrganizations = action(contract.listOrganizations, async ({ organization }, input) => {
  const { after } = pageOf('Organizations', input)
  return { OrganizationSummaries: after === undefined ? [summaryOf(organization)] : [] }
})

const describeOrganization = action(contract.describeOrganization, async ({ organization }) => ({
  ...summaryOf(organization),
  ARN: arnOf(organization),
}))

export const ORGANIZATION_ACTIONS: readonly Action[] = [listOrganizations, describeOrganization]

const summaryOf = ({ id, alias }: Organization) => ({
  OrganizationId: id,
  Alias: alias,
  State: 'Active' as const,
})

/** Returns the ARN of an organization. Region and account have no meaning, but clients require them. */
const arnOf = ({ id }: Organization) => `arn:aws:workmail:local:000000000000:organization/${id}`
