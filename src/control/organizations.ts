/**
 * The actions on organizations, which are configuration and only read here.
 *
 * @module
 */

import type { Organization } from '../model/identity.ts'
import { type Action, action } from './action.ts'
import { pageOf } from './paging.ts'
import { maxResultsShape, nextTokenShape, organizationIdShape, structure } from './shapes.ts'

const service = 'WorkMailService'

const listOrganizations = action({
  service,
  name: 'ListOrganizations',
  summary: "Lists the caller's organization: a principal belongs to one.",
  audited: undefined,
  input: structure({
    NextToken: nextTokenShape.exactOptional(),
    MaxResults: maxResultsShape.exactOptional(),
  }),
  run: async ({ organization }, input) => {
    const { after } = pageOf('Organizations', input)
    return { OrganizationSummaries: after === undefined ? [summaryOf(organization)] : [] }
  },
})

const describeOrganization = action({
  service,
  name: 'DescribeOrganization',
  summary: 'Gives what there is to know of an organization, with the ARN that policies can name.',
  audited: undefined,
  input: structure({ OrganizationId: organizationIdShape }),
  run: async ({ organization }) => ({ ...summaryOf(organization), ARN: arnOf(organization) }),
})

export const ORGANIZATION_ACTIONS: readonly Action[] = [listOrganizations, describeOrganization]

const summaryOf = ({ id, alias }: Organization) => ({
  OrganizationId: id,
  Alias: alias,
  State: 'Active',
})

/** Region and account mean nothing here, but the clients' models want both. */
const arnOf = ({ id }: Organization) => `arn:aws:workmail:local:000000000000:organization/${id}`
