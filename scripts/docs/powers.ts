/**
 * How far each permission that changes anything can widen what roles reach.
 *
 * @module
 */

/**
 * Permissions of one reach. `actions` are names; all of them together are every audited action, and the permissions
 * without an action.
 */
type Power = Readonly<{ actions: readonly string[]; reach: string }>

/** From the widest reach to none. */
export const POWERS: readonly Power[] = [
  {
    actions: ['CreateImpersonationRole', 'UpdateImpersonationRole', 'PutImpersonationRole'],
    reach:
      'Every mailbox, because they write the rules of roles. PutImpersonationRole changes the guard, the period, and the profile only together with PutRoleGuard, PutRolePeriod, and PutRoleProfile.',
  },
  {
    actions: ['ReleaseName'],
    reach:
      'Every mailbox, together with PutUser, ImportUsers, or a change in the directory: a name that was freed can go to a user that a role allows.',
  },
  {
    actions: ['PutUser', 'ImportUsers'],
    reach:
      'Every mailbox of which no user in the gateway has or had an address, and every user who is disabled or was deleted. The upstream opens the mailbox of the primary address, and can know addresses that the gateway does not. List all addresses of a mailbox that a role denies.',
  },
  {
    actions: ['PutGroup', 'UpdateGroup'],
    reach:
      'Every mailbox that rules allow or deny by a group. To end the protection of a mailbox by a group also needs PutProtectedMailboxes.',
  },
  {
    actions: ['PassImpersonationRole'],
    reach:
      'Mailboxes that the rules of the roles in its condition allow, together with GiveRoleToTool, CreatePrincipal, UpdatePrincipal, CreateAccessKey, UpdateAccessKey, or PutPrincipalIdentities. The holder cannot act in these roles, but can give them to a tool, or to its own principal. The audit records who gave them to which principal.',
  },
  {
    actions: ['PutProtectedMailboxes'],
    reach: 'Every mailbox that is protected and that the rules of a role allow.',
  },
  {
    actions: ['UnlockImpersonationRole'],
    reach: 'Every mailbox that the rules of a locked role allow.',
  },
  {
    actions: ['PutAccessControlRule', 'ReplaceAccessControlRule', 'DeleteAccessControlRule'],
    reach:
      'What access control denies, such as requests from other addresses. Rules of roles still hold.',
  },
  {
    actions: ['PutRoleGuard'],
    reach:
      'With PutImpersonationRole: mailboxes that the upstream itself opens to the users of a role, and operations that the guard denies, such as delegation.',
  },
  {
    actions: ['PutRolePeriod'],
    reach:
      'With PutImpersonationRole: every mailbox that the rules of a role outside its period allow.',
  },
  {
    actions: ['PutRoleProfile'],
    reach:
      'With PutImpersonationRole: operations, folders, and items that the profile of a role denies, within its type and guard.',
  },
  {
    actions: ['EnforceRoleShadow'],
    reach:
      'What PutImpersonationRole, PutRoleGuard, and PutRoleProfile reach: the holder also needs the permissions for the parts of the role that the draft changes.',
  },
  {
    actions: [
      'GiveRoleToTool',
      'CreatePrincipal',
      'UpdatePrincipal',
      'CreateAccessKey',
      'UpdateAccessKey',
      'PutPrincipalIdentities',
    ],
    reach:
      'Nothing beyond what the policy of the holder already allows, or what PassImpersonationRole lets it give.',
  },
  {
    actions: ['AssumeImpersonationRole'],
    reach: 'Mailboxes that the rules of the roles in its condition allow.',
  },
  {
    actions: [
      'DeleteImpersonationRole',
      'LockImpersonationRole',
      'RevokeImpersonationRoleTokens',
      'DeleteUser',
      'DeleteGroup',
      'DeletePrincipal',
      'DeleteAccessKey',
      'SynchronizeDirectory',
      'CheckUpstream',
      'PutRoleShadow',
      'DeleteRoleShadow',
    ],
    reach:
      'Nothing: they revoke, copy the directory, only read, or have no effect on requests. Rules that deny a deleted user or the members of a deleted group still apply.',
  },
]

/** A section of the API's page. */
export const powersSection = (): string => `### Permissions that reach mailboxes

A permission to change something can be worth as much as a role. This table says which mailboxes each one
can open for a holder who also has a credential for some role. Treat the permissions of the first rows as
full power, and remember that \`*\`, \`workmail:*\`, and \`ewsgateway:*\` include them, except for PassImpersonationRole.

| permissions | reach |
| --- | --- |
${POWERS.map(({ actions, reach }) => `| ${actions.join(', ')} | ${reach} |`).join('\n')}
`
