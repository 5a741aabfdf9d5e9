/**
 * Steps from an empty organization to the first allowed request.
 *
 * @module
 */

import type { Permission } from '../api/actions.ts'
import type { Overview } from '../api/overview.ts'

/** A button that leads to a page, or opens the check of the server. */
export type NextStep = Readonly<{ label: string; needs: Permission; path?: string }>

export type Step = Readonly<{
  title: string
  /** Absent: the gateway can't tell. */
  isDone: boolean | undefined
  /** One sentence: the state of the step. */
  text: string
  next: NextStep
}>

type Facts = Pick<Overview, 'Users' | 'Roles' | 'Tools' | 'HasServed' | 'Upstream'>

/**
 * Whether the steps are of no use anymore. An allowed request settles it, so that an organization at work never sees
 * them again: not while its server is down, and not after its last user is removed. Without a history, users, roles
 * and tools settle it.
 */
export const isSetUp = ({ Users, Roles, Tools, HasServed }: Facts): boolean =>
  HasServed ?? (Users > 0 && Roles > 0 && Tools > 0)

/**
 * @param hasPassed - whether the check of the server has passed: until the first request, the state of the server
 *   doesn't say that it accepts the account
 */
export function stepsOf(
  { Users, Roles, Tools, HasServed, Upstream }: Facts,
  hasPassed: boolean,
): readonly Step[] {
  const state = hasPassed && Upstream.State === 'unknown' ? 'up' : Upstream.State
  return [
    {
      title: 'Exchange server',
      isDone: state === 'unknown' ? undefined : SERVING.has(state),
      text: SERVER[state],
      next: { label: 'Check server', needs: 'ewsgateway:CheckUpstream' },
    },
    {
      title: 'Users',
      isDone: Users > 0,
      text:
        Users > 0
          ? 'The gateway has users who can be impersonated.'
          : 'Import the users whose mailboxes tools can open.',
      next: { label: 'Import users', needs: 'ewsgateway:ImportUsers', path: '/users/import' },
    },
    {
      title: 'Impersonation role',
      isDone: Roles > 0,
      text:
        Roles > 0
          ? 'There is a role for tools.'
          : 'Create a role that says which users a tool may impersonate.',
      next: { label: 'Create role', needs: 'workmail:CreateImpersonationRole', path: '/roles/new' },
    },
    {
      title: 'Tool',
      isDone: Tools > 0,
      text:
        Tools > 0
          ? 'A tool has an access key or can get one.'
          : 'Open a role and give it to a tool, which gets an access key.',
      next: { label: 'Choose role', needs: 'ewsgateway:ListRoleSummaries', path: '/roles' },
    },
    {
      title: 'First request',
      isDone: HasServed,
      text:
        HasServed === undefined
          ? 'The gateway has no history that could tell.'
          : 'No request has been allowed yet; a denied one says what is missing.',
      next: { label: 'View requests', needs: 'ewsgateway:ListDecisions', path: '/audit' },
    },
  ]
}

type State = Overview['Upstream']['State']

const SERVING: ReadonlySet<State> = new Set(['up', 'degraded'])

const SERVER: Readonly<Record<State, string>> = {
  unknown: 'The gateway has not used the server yet, so check connection and account.',
  up: 'The server can be reached and accepts the account.',
  degraded: 'The server can be reached, but some requests fail.',
  down: 'The server cannot be reached.',
  'credentials-rejected': "The server rejects the gateway's account.",
}
