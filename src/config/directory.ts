/**
 * Schema of an organization's directory, from which its users come.
 *
 * @module
 */

import { z } from 'zod'
import { isCertificate } from './certificates.ts'
import { isPlain } from './network.ts'
import {
  type ConfigContext,
  flag,
  mailbox,
  mustBe,
  only,
  referenced,
  secret,
  section,
  text,
  whenValid,
  whole,
} from './values.ts'

/** Returns the schema of the directory: imported users, or users synced by LDAP. */
export function directory(context: ConfigContext) {
  const kinds = [stored(), ldap(context)] as const
  return z
    .discriminatedUnion('kind', kinds, mustBe('a mapping whose kind is store or ldap'))
    .prefault({ kind: 'store' })
}

function stored() {
  return section({
    kind: only('store').meta({
      description: 'Administrators import users, or change them with the control API.',
    }),
  })
}

function ldap(context: ConfigContext) {
  return section({
    kind: only('ldap').meta({
      description: 'The gateway copies users from Active Directory, and no other way changes them.',
    }),
    url: text(
      'an ldap or ldaps URL of host and port, like ldaps://dc1.example.com',
      isLdapUrl,
    ).meta({
      description: "URL of the server. The gateway always verifies the server's certificate.",
      examples: ['ldaps://dc1.example.com'],
    }),
    bindDn: text('the name of an account').meta({
      description: 'Account that reads the directory, as its distinguished name or `user@domain`.',
      examples: ['CN=svc-directory,CN=Users,DC=example,DC=com'],
    }),
    password: secret(context, 'a password on one line').meta({
      description: 'Password of the account.',
      examples: [{ file: 'directory.password' }],
    }),
    ca: referenced(context, 'certificates in PEM', isCertificate)
      .exactOptional()
      .meta({
        description: 'CA certificates to trust, in PEM, instead of the well-known ones.',
        examples: [{ file: 'directory-ca.crt' }],
      }),
    baseDn: text('a distinguished name').meta({
      description: 'Entry below which the gateway searches for users and groups.',
      examples: ['DC=example,DC=com'],
    }),
    userFilter: text('an LDAP filter in parentheses', isFilter)
      .default('(&(objectCategory=person)(objectClass=user)(mail=*))')
      .meta({
        description: 'Filter for the entries of users with a mailbox.',
        examples: ['(&(objectCategory=person)(objectClass=user)(msExchMailboxGuid=*))'],
      }),
    groupFilter: text('an LDAP filter in parentheses', isFilter)
      .default('(objectClass=group)')
      .meta({
        description:
          'Filter for the entries of groups that rules can name. The gateway reads all of them each time, with their members.',
        examples: ['(&(objectClass=group)(cn=ews-*))'],
      }),
    intervalSeconds: whole('seconds', 10, 86_400).default(300).meta({
      description: 'Interval at which the gateway reads the directory.',
    }),
    disabledUsers: z
      .array(mailbox(), mustBe('a list of addresses'))
      .default([])
      .meta({
        description:
          "Addresses of users in the directory who can't be impersonated. A user whose address changes in the directory stays disabled. A disabled account in the directory doesn't disable the user in the gateway.",
        examples: [['ceo@example.com']],
      }),
    allowPlainDirectory: flag().default(false).meta({
      description:
        'Allows an ldap URL of another machine. An attacker on the network can then read the password and replace users.',
    }),
  })
    .refine(({ url, allowPlainDirectory }) => allowPlainDirectory || !isPlain(url), {
      path: ['url'],
      error:
        'is ldap to another machine, so the password is sent unencrypted. Use ldaps, or set allowPlainDirectory: true if you trust the network',
      when: whenValid('url', 'allowPlainDirectory'),
    })
    .refine(({ url, ca }) => ca === undefined || /^ldaps:/i.test(url), {
      path: ['ca'],
      error: 'has no effect with an ldap url. Remove it, or use ldaps',
      when: whenValid('url'),
    })
}

function isLdapUrl(value: string): boolean {
  return /^ldaps?:\/\/(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?\/?$/i.test(value) && URL.canParse(value)
}

/** Returns whether a text looks like a filter. The server checks it completely. */
function isFilter(value: string): boolean {
  const depth = (text: string) => text.split('(').length - text.split(')').length
  return /^\([^\p{Cc}]+\)$/u.test(value) && depth(value) === 0
}
