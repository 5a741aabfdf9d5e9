/**
 * Contracts of the actions on external identities of principals.
 *
 * @module
 */

import { isAccountName, isAccountSid, SUBJECT_CLAIMS } from '../../model/external-identity.ts'
import { list, oneOf, principalIdShape, structure, textThat } from '../shapes.ts'
import { contract } from './contract.ts'
import { expecting, organization, unreadable, versioned } from './members.ts'

/** Maximum number of identities of a principal, and of names of an account. */
const MAX_ENTRIES = 10
const MAX_LENGTH = 512

const NAME_COUNT = `must be a list of 1 to ${MAX_ENTRIES} names`

const onePrincipal = { ...organization, PrincipalId: principalIdShape }

const unchanged = (what: string) =>
  textThat(
    `1 to ${MAX_LENGTH} characters: ${what}`,
    text => text !== '' && text.length <= MAX_LENGTH && !/\p{Cc}/u.test(text),
  )

const identity = structure({
  DirectoryAccount: structure({
    Sid: textThat('the objectSid of an account, like S-1-5-21-1-2-3-1104', isAccountSid).describe(
      'The account, whatever its name becomes.',
    ),
    Names: list(
      textThat('a name like user@example.com or EXAMPLE\\user', isAccountName),
      `1 to ${MAX_ENTRIES} names`,
    )
      .min(1, NAME_COUNT)
      .max(MAX_ENTRIES, NAME_COUNT)
      .describe('User names with which tools sign in: UPN, `DOMAIN\\name`, or mail address.'),
  }).exactOptional(),
  TokenSubject: structure({
    Issuer: unchanged('the issuer of tokens, as `iss`').describe('The `iss` of the tokens.'),
    Claim: oneOf(SUBJECT_CLAIMS).describe('Claim that names the caller.'),
    Subject: unchanged('the value of the claim').describe('Value of the claim.'),
  }).exactOptional(),
}).refine(
  ({ DirectoryAccount, TokenSubject }) =>
    (DirectoryAccount === undefined) !== (TokenSubject === undefined),
  'must have either DirectoryAccount or TokenSubject',
)

const identities = {
  Identities: list(identity, `at most ${MAX_ENTRIES} identities`).max(
    MAX_ENTRIES,
    `must be a list of at most ${MAX_ENTRIES} identities`,
  ),
}

export const listIdentities = contract('EwsGateway', 'ListPrincipalIdentities', {
  summary: 'Lists the external identities that sign in as a principal.',
  audited: undefined,
  input: structure(onePrincipal),
  output: structure({
    ...identities,
    Unreadable: unreadable('identity', 'no caller has it, and Identities lacks it'),
    ...versioned,
  }),
})

export const putIdentities = contract('EwsGateway', 'PutPrincipalIdentities', {
  summary:
    "Replaces the external identities that sign in as a principal: accounts of the directory, and subjects of tokens. Each identity has one principal. To add one, the caller's policy must allow all that the principal's policy allows.",
  audited: 'change',
  object: { type: 'PRINCIPAL', id: 'PrincipalId' },
  input: structure({ ...onePrincipal, ...identities, ...expecting }),
  output: structure(versioned),
})
