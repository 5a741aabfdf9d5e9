/**
 * Sample data of the store suites.
 */

import { organizationId, userId } from '../../src/model/identity.ts'
import { accessKeyId, principalId } from '../../src/model/principal.ts'
import { DEFAULT_GUARD, type RoleDraft, roleId } from '../../src/model/role.ts'
import type { Subscription } from '../../src/model/subscription.ts'
import type { KeySession, PersonSession } from '../../src/store/store.ts'

export const organization = organizationId('m-0123456789abcdef0123456789abcdef')
export const elsewhere = organizationId('m-ffffffffffffffffffffffffffffffff')

export const role: RoleDraft = {
  id: roleId('7a0e8f57-4b8c-4a87-9a4f-6a7b0f1f7f01'),
  organizationId: organization,
  name: 'backup',
  type: 'READ_ONLY',
  rules: [{ id: 'r1', effect: 'ALLOW', targetUsers: [userId('u-1')] }],
  guard: DEFAULT_GUARD,
}
export const rule = {
  name: 'office',
  effect: 'DENY',
  description: 'From the office',
  notIpRanges: ['192.0.2.0/24'],
} as const
export const principal = {
  id: principalId('5d0f6e52-0c35-4c1c-8a5d-64b0f3d2c001'),
  organizationId: organization,
  name: 'Backup tool',
  enabled: true,
  policy: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['workmail:*'], Resource: ['*'] }],
  },
} as const
export const key = {
  id: accessKeyId('AKIAAAAAAAAAAAAAAAAA'),
  principalId: principal.id,
  secretHash: new Uint8Array([0, 255, 128]),
  sealedSecret: new Uint8Array([7]),
  enabled: true,
  extendedProtection: 'allow',
  createdAt: 1_700_000_000_000,
} as const
export const signingKey = {
  id: 'AAAAAAA_',
  sealed: new Uint8Array([1, 255, 0]),
  createdAt: 1_700_000_000_000,
}

export const subscription: Subscription = {
  organizationId: organization,
  idHash: 'a',
  userId: userId('0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55'),
  roleId: role.id,
  others: [userId('4c0f8f7e-13a9-4a43-8f0c-0d6f4f1f7a21')],
  principalId: principal.id,
  lifeMs: 500,
  expiresAt: 2_000,
}

export const personSession: PersonSession = {
  idHash: 'b',
  holder: {
    kind: 'person',
    person: { issuer: 'https://login.example.com', subject: 'ann', displayName: 'Ann Example' },
    grants: ['one', 'two'],
  },
  sealedTokens: new Uint8Array([0, 255, 128]),
  createdAt: 3_000,
  seenAt: 4_000,
  checkedAt: 3_500,
}

export const session: KeySession = {
  idHash: 'a',
  holder: { kind: 'key', accessKeyId: key.id, policyHash: 'policy' },
  createdAt: 1_000,
  seenAt: 1_000,
}
