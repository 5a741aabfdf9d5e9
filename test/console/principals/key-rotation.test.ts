import t from 'tap'
import type { AccessKey } from '../../../src/console/api/principals.ts'
import { rotationOf } from '../../../src/console/principals/key-rotation.ts'

const NOW = 1_000_000_000
const DAY = 86_400
const key = (more: Partial<AccessKey> = {}): AccessKey => ({
  AccessKeyId: 'AKIAEXAMPLE',
  PrincipalId: 'p-1',
  Enabled: true,
  State: 'ACTIVE',
  ExtendedProtection: 'ALLOW',
  DateCreated: NOW - DAY,
  Version: '1',
  ...more,
})

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
