/**
 * Action that gives a role to a tool. Creates a principal, its policy, and its key together.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { ASSUME_ROLE } from '../model/iam.ts'
import { accessKeyState } from '../model/policy-state.ts'
import { endOfCredential, type Principal, principalId } from '../model/principal.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/roles.ts'
import { timesOfNewKey } from './keys.ts'
import { explainName } from './principals.ts'
import { requireNoExcess, requireNoLonger } from './privilege.ts'
import { findRole } from './roles.ts'

const giveRole = action(
  contract.giveRole,
  async (call, { ImpersonationRoleId, Name, ...times }) => {
    const { ports, organization } = call
    const role = await findRole(call, ImpersonationRoleId)
    const principal: Principal = {
      id: principalId(randomUUID()),
      organizationId: organization.id,
      name: Name,
      enabled: true,
      policy: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: [ASSUME_ROLE],
            Resource: [`arn:aws:workmail:*:*:organization/${organization.id}`],
            Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [role.id] } },
          },
        ],
      },
    }
    requireNoExcess(call, principal.policy)
    const { key, secret } = ports.keys.make(principal.id, timesOfNewKey(call, times))
    requireNoLonger(call, { notAfter: endOfCredential({ key, principal }) })
    await ports.store.addTool(principal, key).catch(explainName)
    call.changed(undefined, { ...principal, key: accessKeyState(key) })
    const url = ports.ewsUrl()
    const caCertificate = ports.caCertificate()
    return {
      PrincipalId: principal.id,
      AccessKeyId: key.id,
      SecretAccessKey: secret.reveal(),
      UserName: key.id,
      Password: secret.reveal(),
      ...(url !== undefined && { EwsUrl: url }),
      ...(caCertificate !== undefined && { CaCertificate: caCertificate }),
    }
  },
)

export const TOOL_ACTIONS: readonly Action[] = [giveRole]
