/**
 * Closed lists, with the texts that stored records, policies, and roles of earlier releases have.
 */

import { readFileSync } from 'node:fs'
import t from 'tap'
import { OBJECT_TYPES } from '../../src/model/changed-object.ts'
import { PROBES } from '../../src/model/conformance.ts'
import { ASSUME_ROLE, CONDITION_KEYS, CONDITION_OPERATORS, PASS_ROLE } from '../../src/model/iam.ts'
import { CONNECTING_SID_KINDS } from '../../src/model/identity.ts'
import { OUTCOMES } from '../../src/model/outcome.ts'
import { FOLDER_CLASSES, PROFILES } from '../../src/model/profile.ts'
import { MAILBOXES, SENDERS } from '../../src/model/role.ts'
import { SHADOW_OUTCOMES } from '../../src/model/shadow.ts'
import { CONNECTION_SCHEMES, EXTENDED_PROTECTIONS, SCHEMES } from '../../src/model/sign-in.ts'
import { UPSTREAM_STATES } from '../../src/model/upstream-status.ts'

for (const [name, list, texts] of [
  ['OUTCOMES', OUTCOMES, 'ANSWERED DENIED FAILED ABORTED'],
  ['SHADOW_OUTCOMES', SHADOW_OUTCOMES, 'same would-deny would-allow unknown'],
  ['UPSTREAM_STATES', UPSTREAM_STATES, 'unknown up degraded down credentials-rejected'],
  [
    'OBJECT_TYPES',
    OBJECT_TYPES,
    'ROLE ACCESS_CONTROL_RULE PRINCIPAL ACCESS_KEY USER USERS GROUP DIRECTORY NAME PROTECTED_MAILBOXES',
  ],
  [
    'CONDITION_OPERATORS',
    CONDITION_OPERATORS,
    'StringEquals StringNotEquals StringLike StringNotLike IpAddress NotIpAddress DateLessThan DateGreaterThan Bool',
  ],
  [
    'CONDITION_KEYS',
    CONDITION_KEYS,
    'workmail:ImpersonationRoleId aws:SourceIp aws:CurrentTime aws:SecureTransport',
  ],
  ['ASSUME_ROLE', [ASSUME_ROLE], 'workmail:AssumeImpersonationRole'],
  ['PASS_ROLE', [PASS_ROLE], 'ewsgateway:PassImpersonationRole'],
  [
    'CONNECTING_SID_KINDS',
    CONNECTING_SID_KINDS,
    'PrincipalName SID PrimarySmtpAddress SmtpAddress',
  ],
  [
    'PROFILES',
    PROFILES,
    'calendar-read calendar-write contacts-sync tasks mail-read mail-draft export-only import-only no-send no-delete room-panel agent',
  ],
  ['FOLDER_CLASSES', FOLDER_CLASSES, 'mail calendar contacts tasks notes other hidden root'],
  ['MAILBOXES, from the least to the most,', MAILBOXES, 'own permitted any'],
  ['SENDERS, from the least to the most,', SENDERS, 'own permitted server'],
  ['SCHEMES', SCHEMES, 'Basic Bearer NTLM'],
  ['CONNECTION_SCHEMES', CONNECTION_SCHEMES, 'NTLM'],
  ['EXTENDED_PROTECTIONS', EXTENDED_PROTECTIONS, 'allow require'],
] as const)
  t.strictSame(list, texts.split(' '), `${name} has the texts of earlier releases`)

t.test('PROBES are those of published reports', async t => {
  for (const name of ['exchange', 'grommunio', 'permissive']) {
    const file = new URL(`../../fixtures/servers/${name}.json`, import.meta.url)
    t.strictSame(Object.keys(JSON.parse(readFileSync(file, 'utf8')).probes), PROBES, name)
  }
})
