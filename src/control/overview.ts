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
  return {
    Alias: organization.alias,
    EwsUrl: ports.ewsUrl(),
    PolicyVersion: policyVersion,
    Roles: roles,
    Users: users,
    Principals: principals,
  }
})

export const OVERVIEW_ACTIONS: readonly Action[] = [describeOverview]
