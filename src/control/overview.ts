/**
 * Action that returns an overview of an organization.
 *
 * @module
 */

import { stateOfPrincipal } from '../decision/actors.ts'
import { assumesOnly } from '../policy/iam.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/organization.ts'
import { credentialedPrincipals } from './holders.ts'
import { healthOf } from './overview-health.ts'

const describeOverview = action(contract.describeOverview, async call => {
  const { ports, organization } = call
  const { store, history } = ports
  const [policyVersion, { roles, users, principals }, all, hasServed, health] = await Promise.all([
    store.policyVersion(organization.id),
    store.counts(organization.id),
    credentialedPrincipals(store, organization.id),
    history?.ask(reader => reader.hasAllowed(organization.id)).catch(() => undefined),
    healthOf(ports, organization),
  ])
  const certificateEndsAt = ports.certificateEndsAt()
  const tools = all.filter(
    one => assumesOnly(one.principal.policy) && stateOfPrincipal(one, call) === 'ACTIVE',
  )
  const { state, since, trouble } = ports.upstreamStatus(organization)
  const url = ports.ewsUrl()
  return {
    Alias: organization.alias,
    ...(url !== undefined && { EwsUrl: url }),
    PolicyVersion: policyVersion,
    Roles: roles,
    Users: users,
    Principals: principals,
    Tools: tools.length,
    ...(hasServed !== undefined && { HasServed: hasServed }),
    Upstream: {
      State: state,
      DateChanged: since / 1_000,
      ...(trouble && {
        Cause: trouble.cause,
        Message: trouble.message,
        Remedy: trouble.remedy,
      }),
    },
    Health: health,
    ...(certificateEndsAt !== undefined && { DateCertificateEnds: certificateEndsAt / 1_000 }),
  }
})

export const OVERVIEW_ACTIONS: readonly Action[] = [describeOverview]
