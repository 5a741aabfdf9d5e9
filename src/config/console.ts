/**
 * Schema of the console: who can sign in to it.
 *
 * @module
 */

import { z } from 'zod'
import { policyShape } from '../control/contract/policy-document.ts'
import { organizationId } from '../model/identity.ts'
import { isCertificate } from './certificates.ts'
import { isConfidential } from './network.ts'
import {
  type ConfigContext,
  flag,
  httpUrl,
  mustBe,
  referenced,
  secret,
  section,
  text,
  whenValid,
} from './values.ts'

/** Returns the schema of the console. */
export function consoleSection(context: ConfigContext) {
  return section({
    accessKeys: flag().default(true).meta({
      description:
        'Whether access keys can sign in to the console. With `oidc`, each such sign-in raises an alert. The API accepts access keys in any case.',
    }),
    oidc: oidc(context).exactOptional().meta({
      description:
        'Sign-in of people at an OpenID Connect issuer. It needs `controlUrl`. See docs/console.md.',
    }),
  }).refine(({ accessKeys, oidc }) => accessKeys || oidc !== undefined, {
    path: ['accessKeys'],
    error: 'is false, but there is no other way to sign in. Set console.oidc, or remove this key',
    when: whenValid('accessKeys', 'oidc'),
  })
}

function oidc(context: ConfigContext) {
  return section({
    name: text('a name of at most 64 characters', value => /^[^\p{Cc}]{1,64}$/u.test(value))
      .default('single sign-on')
      .meta({
        description: 'Name of the issuer in the console, as in *Sign in with Entra ID*.',
        examples: ['Entra ID'],
      }),
    issuer: httpUrl('https://login.example.com/realms/main')
      .refine(isConfidential, 'must be https, because people sign in there')
      .meta({
        description:
          'URL of the issuer, exactly as the issuer writes it in `iss` and in its metadata, at this URL and `/.well-known/openid-configuration`.',
        examples: ['https://login.microsoftonline.com/TENANT/v2.0'],
      }),
    clientId: text('the ID of the client').meta({
      description: 'ID of the gateway as a client of the issuer.',
      examples: ['11111111-2222-3333-4444-555555555555'],
    }),
    clientSecret: secret(context, 'a client secret on one line').meta({
      description: 'Secret of this client.',
      examples: [{ file: 'console.secret' }],
    }),
    ca: referenced(context, 'certificates in PEM', isCertificate)
      .exactOptional()
      .meta({
        description:
          'CA certificates to trust at the issuer, in PEM, instead of the well-known ones.',
        examples: [{ file: 'issuer-ca.crt' }],
      }),
    scopes: z
      .array(text('a scope', isScope), mustBe('a list of scopes'))
      .default(['openid', 'profile'])
      .refine(scopes => scopes.includes('openid'), 'must contain openid')
      .meta({
        description:
          'Scopes that the gateway asks for. Add `offline_access` if the issuer gives a refresh token only then. Without a refresh token, people sign in again after four minutes.',
        examples: [['openid', 'profile', 'offline_access']],
      }),
    grants: z
      .array(grant(), mustBe('a list of at least one grant'))
      .min(1, mustBe('a list of at least one grant'))
      .meta({
        description:
          'Policies by claims of the ID token. A person has the policies of all grants that match. If none matches, the person has no access.',
      }),
  })
}

const isScope = (value: string) => /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(value)

function grant() {
  return section({
    claim: text('the name of a claim')
      .default('groups')
      .meta({
        description: 'Claim of the ID token: a text, or a list of texts.',
        examples: ['roles'],
      }),
    value: text('the value of a claim').meta({
      description: 'Value that the claim is or contains, compared exactly.',
      examples: ['ews-administrators'],
    }),
    policy: policy().meta({
      description:
        '`administer`: all actions, and giving roles to tools. `read`: the actions that read and test. Or a policy document, as in the API. No person can act as a user in the console.',
      examples: ['administer'],
    }),
    organization: text('the ID of an organization')
      .transform(organizationId)
      .exactOptional()
      .meta({
        description:
          'ID of the organization to which the policy applies. Required if there are several. The first matching grant decides on the organization of a session.',
        examples: ['m-0123456789abcdef0123456789abcdef'],
      }),
  })
}

const WORDS = ['administer', 'read'] as const
const POLICY = 'administer, read, or a policy document'

/** Returns the schema of a policy: a word, or a document. Reports each mistake in a document at its member. */
function policy() {
  return z
    .union(
      [z.enum(WORDS).meta({ title: '`administer` or `read`' }), z.looseObject({})],
      mustBe(POLICY),
    )
    .transform((value, { issues }) => {
      if (typeof value === 'string') return value
      const { data, error } = policyShape.safeParse(value)
      if (data) return data
      for (const { path, message } of error.issues)
        issues.push({ code: 'custom', input: value, path: [...path], message })
      return z.NEVER
    })
}

type Owner = Readonly<{
  controlUrl?: string
  organizations: readonly Readonly<{ id: string }>[]
  console: z.output<ReturnType<typeof consoleSection>>
}>

/** Condition under which {@link checkConsole} runs. */
export const consoleIsValid = whenValid('console', 'controlUrl', 'organizations')

/** Reports mistakes in the console that depend on other keys. */
export function checkConsole(
  { controlUrl, organizations, console: { oidc } }: Owner,
  context: z.RefinementCtx,
): void {
  if (oidc === undefined) return
  const report = (message: string, ...path: (string | number)[]) =>
    context.addIssue({ code: 'custom', path: ['console', 'oidc', ...path], message })
  if (controlUrl === undefined)
    report('needs controlUrl, because the issuer sends browsers back to that URL')
  for (const [index, { organization }] of oidc.grants.entries()) {
    const isKnown = organizations.some(({ id }) => id === organization)
    if (organization === undefined && organizations.length > 1)
      report(
        'is missing: it must be the ID of one of the organizations',
        'grants',
        index,
        'organization',
      )
    if (organization !== undefined && !isKnown)
      report(
        'is not the ID of an organization of this configuration',
        'grants',
        index,
        'organization',
      )
  }
}
