/**
 * Action that checks whether the gateway can use the organization's upstream.
 *
 * @module
 */

import { type Action, action } from './action.ts'
import * as contract from './contract/organization.ts'

const checkUpstream = action(
  contract.checkUpstream,
  async ({ ports, organization, changed }, { As: impersonate }) => {
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
)

export const CHECK_ACTIONS: readonly Action[] = [checkUpstream]
