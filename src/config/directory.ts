/**
 * The part of the schema that says where the users of an organization come from.
 *
 * @module
 */

import { z } from 'zod'
import { isCertificate } from './certificates.ts'
import { isLoopback } from './network.ts'
import {
  flag,
  mailbox,
  mustBe,
  only,
  referenced,
  type Surroundings,
  secret,
  section,
  sound,
  text,
  whole,
} from './values.ts'

/** Users whom somebody imports, or who are copied from a directory. */
export function directory(around: Surroundings) {
  const kinds = [stored(), ldap(around)] as const
  return z
    .discriminatedUnion('kind', kinds, mustBe('a mapping whose kind is store or ldap'))
    .prefault({ kind: 'store' })
}

function stored() {
  return section({
    kind: only('store').meta({ description: 'Users are imported, or changed by the control API.' }),
  })
}

function ldap(around: Surroundings) {
  return section({
    kind: only('ldap').meta({
      description: 'Users are copied from Active Directory, and nobody else changes them.',
    }),
    url: text(
      'an ldap or ldaps URL of host and port, like ldaps://dc1.example.com',
      isLdapUrl,
    ).meta({
      description: 'The server. Its certificate is always verified.',
      examples: ['ldaps://dc1.example.com'],
    }),
    bindDn: text('the name of an account').meta({
      description: 'The account that reads: its distinguished name, or `user@domain`.',
      examples: ['CN=svc-directory,CN=Users,DC=example,DC=com'],
    }),
    password: secret(around, 'a password on one line', value => !/\p{Cc}/u.test(value)).meta({
      description: 'Password of the account.',
      examples: [{ file: 'directory.password' }],
    }),
    ca: referenced(around, 'certificates in PEM', isCertificate)
      .exactOptional()
      .meta({
        description: 'The authorities to trust, in PEM, instead of the well-known ones.',
        examples: [{ file: 'directory-ca.crt' }],
      }),
    baseDn: text('a distinguished name').meta({
      description: 'Below this entry users are looked for.',
      examples: ['DC=example,DC=com'],
    }),
    userFilter: text('an LDAP filter in parentheses', isFilter)
      .default('(&(objectCategory=person)(objectClass=user)(mail=*))')
      .meta({
        description: 'Whose entries are users with a mailbox.',
        examples: ['(&(objectCategory=person)(objectClass=user)(msExchMailboxGuid=*))'],
      }),
    groupFilter: text('an LDAP filter in parentheses', isFilter)
      .default('(objectClass=group)')
      .meta({
        description:
          'Whose entries are groups that rules can name. All of them are read each time, with their members.',
        examples: ['(&(objectClass=group)(cn=ews-*))'],
      }),
    intervalSeconds: whole('seconds', 10, 86_400).default(300).meta({
      description: 'How often the directory is read.',
    }),
    disabledUsers: z
      .array(mailbox(), mustBe('a list of addresses'))
      .default([])
      .meta({
        description:
          'Addresses of users who cannot be impersonated, though they are in the directory. A user whose address changes in the directory stays disabled. That an account is disabled there disables nobody here.',
        examples: [['ceo@example.com']],
      }),
    allowPlainDirectory: flag().default(false).meta({
      description:
        'Allows an ldap URL of another machine: whoever is between can read the password, and say who is who.',
    }),
  })
    .refine(({ url, allowPlainDirectory }) => allowPlainDirectory || !isPlain(url), {
      path: ['url'],
      error:
        'is ldap to another machine: use ldaps, or set allowPlainDirectory: true where the network is trusted',
      when: sound('url', 'allowPlainDirectory'),
    })
    .refine(({ url, ca }) => ca === undefined || /^ldaps:/i.test(url), {
      path: ['ca'],
      error: 'has no meaning for an ldap url: leave it out, or use ldaps',
      when: sound('url'),
    })
}

function isLdapUrl(value: string): boolean {
  return /^ldaps?:\/\/(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?\/?$/i.test(value) && URL.canParse(value)
}

/** Roughly: the server looks closer. */
function isFilter(value: string): boolean {
  const depth = (text: string) => text.split('(').length - text.split(')').length
  return /^\([^\p{Cc}]+\)$/u.test(value) && depth(value) === 0
}

function isPlain(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'ldap:' && !isLoopback(hostname)
}
