import t from 'tap'
import type { AccessKey } from '../../../src/console/api/principals.ts'
import { keyStateOf, rotationOf } from '../../../src/console/principals/key-state.ts'

const NOW = 1_000_000_000
const DAY = 86_400
const key = (more: Partial<AccessKey> = {}): AccessKey => ({
  AccessKeyId: 'AKIAEXAMPLE',
  PrincipalId: 'p-1',
  Enabled: true,
  ExtendedProtection: 'ALLOW',
  DateCreated: NOW - DAY,
  Version: '1',
  ...more,
})

for (const [name, of, state] of [
  ['without an end', key(), 'ACTIVE'],
  ['with an end far away', key({ ExpiresTime: NOW + 15 * DAY }), 'ACTIVE'],
  ['that ends within two weeks', key({ ExpiresTime: NOW + 13 * DAY }), 'EXPIRES_SOON'],
  ['that ends now', key({ ExpiresTime: NOW }), 'EXPIRED'],
  ['that is disabled', key({ Enabled: false, ExpiresTime: NOW + DAY }), 'DISABLED'],
  ['that is disabled and over', key({ Enabled: false, ExpiresTime: NOW - 1 }), 'EXPIRED'],
] as const)
  t.equal(keyStateOf(of, NOW), state, `keyStateOf() of a key ${name}`)

const [old, fresh] = [key({ DateCreated: 1 }), key({ DateCreated: 2 })]
const used = (of: AccessKey, DateLastUsed: number) => ({ ...of, DateLastUsed })

for (const [name, keys, rotation] of [
  ['one key', [old], { step: 'CREATE' }],
  ['two unused keys', [fresh, old], { step: 'SWITCH', old, fresh }],
  ['a used old one', [used(old, 9), fresh], { step: 'SWITCH', old: used(old, 9), fresh }],
  [
    'a new one that is used since',
    [used(old, 8), used(fresh, 9)],
    { step: 'RETIRE', old: used(old, 8), fresh: used(fresh, 9) },
  ],
] as const)
  t.strictSame(rotationOf(keys), rotation, `rotationOf() ${name}`)
