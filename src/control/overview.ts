/**
 * The action that gives an organization at a glance.
 *
 * @module
 */

import { type Action, action } from './action.ts'
import * as contract from './contract/organization.ts'

const describeOverview = action(contract.describeOverview, async ({ ports, organization }) => {
  const [policyVersion, { roles, users, principals }] = await Promise.all([
    ports.store.policyVersion(organization.id),
    ports.store.counts(organization.id),
  ])
  const { state, since, trouble } = ports.upstreamStatus(organization)
  const url = ports.ewsUrl()
  return {
    Alias: organization.alias,
    ...(url !== undefined && { EwsUrl: url }),
    PolicyVersion: policyVersion,
    Roles: roles,
    Users: users,
    Principals: principals,
    Upstream: {
      State: state,
      DateChanged: since / 1_000,
      ...(trouble && {
        Cause: trouble.cause,
        Message: trouble.message,
        Remedy: trouble.remedy,
      }),
    },
  }
})

export const OVERVIEW_ACTIONS: readonly Action[] = [describeOverview]
