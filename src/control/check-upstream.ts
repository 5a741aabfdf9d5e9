/**
 * The action that looks whether the organization's server can be used.
 *
 * @module
 */

import { type Action, action } from './action.ts'
import { addressShape, organizationIdShape, structure } from './shapes.ts'

const checkUpstream = action({
  service: 'EwsGateway',
  name: 'CheckUpstream',
  summary:
    "Looks whether the organization's server can be used: name, TCP, TLS, schemes, credentials, the right to impersonate, neutral mailbox. Ends at the first that fails, with what to do. Opens the inbox of `As`, or the neutral mailbox, and reads nothing in it.",
  // It changes nothing, but opens a mailbox that no role was asked for.
  audited: 'change',
  input: structure({ OrganizationId: organizationIdShape, As: addressShape.exactOptional() }),
  run: async ({ ports, organization, changed }, { As: impersonate }) => {
    const lines = await ports.checkUpstream(organization, impersonate)
    const passed = lines.every(({ result }) => result !== 'failed')
    changed(undefined, { passed, ...(impersonate !== undefined && { impersonate }) })
    return {
      Passed: passed,
      Checks: lines.map(({ name, result, detail, advice }) => ({
        Name: name,
        Result: result,
        Detail: detail,
        ...(advice !== undefined && { Advice: advice }),
      })),
    }
  },
})

export const CHECK_ACTIONS: readonly Action[] = [checkUpstream]
