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
  /** Undefined if the gateway doesn't know. */
  isDone: boolean | undefined
  /** Status of the step in one sentence. */
  text: string
  next: NextStep
}>

type Facts = Pick<Overview, 'Users' | 'Roles' | 'Tools' | 'HasServed' | 'Upstream'>

/**
 * Returns whether all steps were completed once. After an allowed request, an organization never sees the steps again,
 * even if its server is down or its last user was deleted. Without a history, the steps are complete when there are
 * users, roles, and tools.
 */
export const isSetUp = ({ Users, Roles, Tools, HasServed }: Facts): boolean =>
  HasServed ?? (Users > 0 && Roles > 0 && Tools > 0)

/**
 * @param hasPassed - whether the check of the server has passed. Before the first request, the state of the server
 *   doesn't show whether it accepts the account.
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
          ? 'The gateway has at least one user. Roles define which users tools can impersonate.'
          : 'Import the users whose mailboxes tools open.',
      next: { label: 'Import users', needs: 'ewsgateway:ImportUsers', path: '/users/import' },
    },
    {
      title: 'Impersonation role',
      isDone: Roles > 0,
      text:
        Roles > 0
          ? 'There is at least one role. A tool needs an access key to use it.'
          : 'Create a role that defines which users a tool can impersonate.',
      next: { label: 'Create role', needs: 'ewsgateway:PutImpersonationRole', path: '/roles/new' },
    },
    {
      title: 'Tool',
      isDone: Tools > 0,
      text:
        Tools > 0
          ? 'At least one tool can sign in.'
          : 'No tool can sign in now. On the page of a role, choose Create access key.',
      next: { label: 'Choose role', needs: 'ewsgateway:ListRoleSummaries', path: '/roles' },
    },
    {
      title: 'First request',
      isDone: HasServed,
      text:
        HasServed === undefined
          ? 'Unknown, because the history of requests is turned off or unavailable. To turn it on, set audit.history.enabled to true in the configuration.'
          : 'No request was allowed yet. The reason of a denied request shows what is missing.',
      next: { label: 'View requests', needs: 'ewsgateway:ListDecisions', path: '/audit' },
    },
  ]
}

type State = Overview['Upstream']['State']

const SERVING: ReadonlySet<State> = new Set(['up', 'degraded'])

const SERVER: Readonly<Record<State, string>> = {
  unknown: 'The gateway has not used the server yet. Check the connection and the account.',
  up: "The server is available and accepts the gateway's account.",
  degraded: 'The server is available, but some requests fail.',
  down: 'The server is unavailable.',
  'credentials-rejected': "The server rejects the gateway's account.",
}
