/**
 * Schema of an upstream's authentication.
 *
 * @module
 */

import { z } from 'zod'
import { isConfidential } from './network.ts'
import {
  type ConfigContext,
  httpUrl,
  mustBe,
  only,
  secret,
  section,
  text,
  whenValid,
} from './values.ts'

/** Returns the schema of the authentication: one kind, with its keys. */
export function authentication(context: ConfigContext) {
  const kinds = [basic(context), ntlm(context), oauth(context)] as const
  return z.discriminatedUnion('kind', kinds, mustBe('a mapping whose kind is basic, ntlm or oauth'))
}

function basic(context: ConfigContext) {
  return section({
    kind: only('basic').meta({ description: 'HTTP Basic.' }),
    username: username(),
    password: password(context),
  })
}

function ntlm(context: ConfigContext) {
  return section({
    kind: only('ntlm').meta({
      description: 'NTLM version 2, with the channel bindings that Extended Protection requires.',
    }),
    username: username().refine(
      value => /^[^\\]+(\\[^\\]+)?$/.test(value),
      'must be user@domain, DOMAIN\\user, or a user name without a domain',
    ),
    password: password(context),
    domain: name()
      .exactOptional()
      .meta({
        description: 'Domain of the account, if its user name has none.',
        examples: ['EXAMPLE'],
      }),
    workstation: name()
      .exactOptional()
      .meta({
        description: "Name of the workstation in the server's log.",
        examples: ['GATEWAY1'],
      }),
  }).refine(({ username, domain }) => domain === undefined || !/[\\@]/.test(username), {
    path: ['domain'],
    error: 'is also in the user name. Remove one of the two',
    when: whenValid('username', 'domain'),
  })
}

function oauth(context: ConfigContext) {
  return section({
    kind: only('oauth').meta({
      description: 'OAuth 2.0 client credentials, for hybrid modern authentication.',
    }),
    tokenUrl: httpUrl('https://login.microsoftonline.com/TENANT/oauth2/v2.0/token')
      .refine(isConfidential, 'must be https, because the client secret is sent to it')
      .meta({
        description: 'The token endpoint. Its certificate must be from a well-known CA.',
        examples: ['https://login.microsoftonline.com/TENANT/oauth2/v2.0/token'],
      }),
    clientId: text('the ID of the application').meta({
      description: 'ID of the application.',
      examples: ['11111111-2222-3333-4444-555555555555'],
    }),
    clientSecret: secret(context, 'a client secret on one line').meta({
      description: 'Secret of the application.',
      examples: [{ file: 'client.secret' }],
    }),
    scope: text('a scope').meta({
      description:
        'Scope of the tokens: the URL under which clients reach the server, and `/.default`.',
      examples: ['https://mail.example.com/.default'],
    }),
  })
}

const name = () => text('a name without \\ and @', value => /^[^\\@\p{Cc}]+$/u.test(value))

const username = () =>
  text('the user name of the service account, without a colon', value =>
    /^[^:\p{Cc}]+$/u.test(value),
  ).meta({
    description: 'User name of the account, as `user@domain` or `DOMAIN\\user`.',
    examples: ['svc-gateway@example.com'],
  })

const password = (context: ConfigContext) =>
  secret(context, 'a password on one line').meta({
    description: 'Password of the account.',
    examples: [{ file: 'upstream.password' }],
  })
