/**
 * Questions of `ews-gateway init`, for its dialog and its options.
 *
 * The schema of the configuration checks every answer.
 *
 * @module
 */

import { type FirstConfig, mistakesIn } from '../../config/first-config.ts'
import { isWithin } from '../../config/keys.ts'
import { SERVER_KIND_NAMES } from '../../model/server-kind.ts'

/** Answers to all questions. */
export type Answers = Omit<FirstConfig, 'organizationId'> & Readonly<{ password: string }>

type Key = keyof Answers

/** A question, and the option that answers it. */
export type Question = Readonly<{
  key: Key
  flag: string
  label: string
  help?: string
  /** Key of the configuration that has the answer. */
  path: string
  /** Returns the answer to use if the user gives none. */
  suggestion?: (given: Partial<Answers>) => string | undefined
  /** Whether the user must confirm the suggestion. */
  isGuess?: true
  isOptional?: true
  isSecret?: true
}>

const ORGANIZATION = 'organizations[0]'
const UPSTREAM = `${ORGANIZATION}.upstream`

/** Questions in the order in which the dialog asks them. */
export const QUESTIONS: readonly Question[] = [
  {
    key: 'url',
    flag: '--url',
    label: 'EWS server',
    help: 'A host name is enough, such as mail.example.com.',
    path: `${UPSTREAM}.url`,
  },
  {
    key: 'kind',
    flag: '--kind',
    label: `Kind of the server (${SERVER_KIND_NAMES.join(', ')})`,
    path: `${UPSTREAM}.kind`,
    suggestion: () => 'exchange',
  },
  {
    key: 'username',
    flag: '--username',
    label: 'User name of the service account',
    help: 'The account of the gateway at the server. It must have the right to impersonate.',
    path: `${UPSTREAM}.authentication.username`,
  },
  {
    key: 'password',
    flag: '--password-file',
    label: 'Password (hidden)',
    path: `${UPSTREAM}.authentication.password`,
    isSecret: true,
  },
  {
    key: 'serviceAddresses',
    flag: '--service-address',
    label: 'Every address of the service account',
    help: 'No request can impersonate these addresses. Separate several by commas.',
    path: `${UPSTREAM}.serviceAddresses`,
    suggestion: ({ username }) => (username?.includes('@') ? username : undefined),
    isGuess: true,
  },
  {
    key: 'neutralMailbox',
    flag: '--neutral-mailbox',
    label: 'Neutral mailbox (optional)',
    help: 'An empty mailbox of its own, for requests that touch no mailbox, such as GetServerTimeZones. Without it, they are denied.',
    path: `${ORGANIZATION}.neutralMailbox`,
    isOptional: true,
  },
  {
    key: 'alias',
    flag: '--organization',
    label: 'Short name of the organization',
    path: `${ORGANIZATION}.alias`,
    suggestion: ({ serviceAddresses: [address] = [] }) => aliasOf(address),
  },
]

/** Returns the value of an answer as the user wrote it. */
export function readAnswer({ key }: Question, text: string): Partial<Answers> {
  if (key === 'url') return { url: urlOf(text) }
  if (key === 'serviceAddresses')
    return { serviceAddresses: text.split(/[\s,;]+/).filter(address => address !== '') }
  return { [key]: text }
}

/** Completes a host name, or the URL of a server, to the URL of its EWS endpoint. */
export function urlOf(text: string): string {
  const url = text.includes('://') ? text : `https://${text}`
  return url.replace(/^(\w+:\/\/[^/?#]+)(\/ews)?\/?$/i, '$1/EWS/Exchange.asmx')
}

/**
 * Returns an alias for an organization: the label before the top-level domain, such as `example` for
 * svc-gateway@mail.example.com.
 */
function aliasOf(address = ''): string | undefined {
  const name = address.split('@').at(-1)?.split('.').at(-2)
  return name !== undefined && /^[\da-z]+(-[\da-z]+)*$/i.test(name) ? name : undefined
}

/** Valid values for questions that are not answered yet. No answer contradicts them. */
const PLACEHOLDERS: Answers = {
  url: 'https://placeholder.invalid/EWS/Exchange.asmx',
  kind: 'exchange',
  username: 'placeholder',
  password: 'placeholder',
  serviceAddresses: ['placeholder@placeholder.invalid'],
  neutralMailbox: undefined,
  alias: 'placeholder',
}

/** Returns every mistake in the answers so far, each with its question. */
export function mistakesOf(
  given: Partial<Answers>,
): readonly Readonly<{ question: Question; message: string }>[] {
  const answers = { organizationId: `m-${'0'.repeat(32)}`, ...PLACEHOLDERS, ...given }
  return mistakesIn(answers, answers.password).map(({ path, message }) => {
    const question = QUESTIONS.find(each => isWithin(path, each.path))
    if (question === undefined) throw new TypeError(`No question leads to ${path}: ${message}`)
    return { question, message }
  })
}
