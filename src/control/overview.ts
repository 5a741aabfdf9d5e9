/**
 * The action that gives an organization at a glance.
 *
 * @module
 */

import { type Action, action } from './action.ts'
import { organizationIdShape, structure } from './shapes.ts'

const describeOverview = action({
  service: 'EwsGateway',
  name: 'DescribeOverview',
  summary:
    'Gives the Alias, the EwsUrl that tools are told, the PolicyVersion, and how many Roles, Users and Principals there are.',
  audited: undefined,
  input: structure({ OrganizationId: organizationIdShape }),
  run: async ({ ports, organization }) => {
    const [policyVersion, { roles, users, principals }] = await Promise.all([
      ports.store.policyVersion(organization.id),
      ports.store.counts(organization.id),
    ])
    return {
      Alias: organization.alias,
      EwsUrl: ports.ewsUrl(),
      PolicyVersion: policyVersion,
      Roles: roles,
      Users: users,
      Principals: principals,
    }
  },
})

export const OVERVIEW_ACTIONS: readonly Action[] = [describeOverview]
