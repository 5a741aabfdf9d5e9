/**
 * Near misses in the model and in policies.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { sourceOf } from '../../src/http/source.ts'
import { parseAddress } from '../../src/model/address.ts'
import { ASSUME_ROLE } from '../../src/model/iam.ts'
import { isPolicy } from '../../src/model/iam-shape.ts'
import { isAddress, isPrincipalName, isSid, isUserId } from '../../src/model/identity.ts'
import { parseRange } from '../../src/policy/address.ts'
import { readBool, readTime } from '../../src/policy/condition.ts'
import { onlyRole } from '../../src/policy/iam.ts'
import { readWhole } from '../../src/store/stored-json.ts'
import { after, around, before, rowsOf } from './row.ts'

const onlyRoleOf = (role: string) =>
  onlyRole({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: [ASSUME_ROLE],
        Resource: ['*'],
        Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [role] } },
      },
    ],
  })

const peer = (remoteAddress: string) =>
  sourceOf({ socket: { remoteAddress }, headers: {} } as unknown as IncomingMessage, [])?.address

const isPolicyOn = (action: string) =>
  isPolicy({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: [action], Resource: ['*'] }],
  })

export const POLICY_ROWS = [
  ...rowsOf('model/iam-shape.ts', ['workmail:List*', around(' '), isPolicyOn]),
  ...rowsOf('store/stored-json.ts', [
    '17',
    around('x', '.5'),
    text => readWhole(text) !== undefined,
  ]),
  ...rowsOf(
    'model/address.ts',
    ['fe80::1%eth0', after(':2'), parseAddress],
    ['7', around('x'), octet => parseAddress(`192.0.2.${octet}`)],
    ['7', around('g'), group => parseAddress(`2001:db8::${group}`)],
  ),
  ...rowsOf(
    'model/identity.ts',
    ['12345678-1234-1234-1234-123456789012', around('0'), isUserId],
    ['S-1-1-5', around('0', '-'), isUserId],
    ['S-1-5-21-1', around('0', '-'), isSid],
    ['ann@corp.example.com', around(' '), isPrincipalName],
    ['ann@example.com', around('<', '>'), isAddress],
    ['ann@example.com', ['änn@example.com', 'ann@exämple.com', 'anné@example.com'], isAddress],
  ),
  ...rowsOf('policy/address.ts', ['24', around('x'), prefix => parseRange(`10.0.0.0/${prefix}`)]),
  ...rowsOf(
    'policy/condition.ts',
    ['2026-01-01', around('on ', ' 12:00'), readTime],
    // Milliseconds since the epoch are not seconds.
    ['1767225600', around('0000', '000'), readTime],
    ['true', around('un', 'th'), text => readBool(text) !== undefined],
    ['false', around('x'), text => readBool(text) !== undefined],
  ),
  ...rowsOf('policy/iam.ts', ['role-1', around('*'), onlyRoleOf]),
  ...rowsOf(
    'http/source.ts',
    ['::ffff:192.0.2.1', before('64'), text => peer(text) !== text],
    ['fe80::1%eth0', [], text => peer(text) === 'fe80::1'],
  ),
]
