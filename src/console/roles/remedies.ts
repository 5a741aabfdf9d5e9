/**
 * Steps that an administrator takes when a request of a new tool is denied.
 *
 * @module
 */

const RULES = 'Edit the rules of the role, or impersonate a user that they allow.'
const WAIT = 'Check the state of the Exchange server on the overview.'

const REMEDIES: Readonly<Record<string, string>> = {
  'credentials-refused':
    'Copy user name and password again. If the password is lost, create another access key.',
  'impersonation-missing':
    'Turn on impersonation in the tool. If it has none, put the mailbox into the user name: address|key or address;key.',
  'impersonation-ambiguous': 'Let the tool name the user by one identifier.',
  'impersonation-conflict': 'Let the tool name one user, in its header or in its user name.',
  'unknown-user': 'Check the address, or import the user.',
  'no-rule-allows': RULES,
  'rule-denies': RULES,
  'access-control-denies': 'Test the access control rules with this address.',
  'role-locked': 'Unlock the role.',
  'role-is-read-only': 'Give the tool a role with full access if it must write.',
  'operation-refused': 'Turn off this function in the tool.',
  'foreign-mailbox':
    'Let the tool impersonate the owner of the mailbox, or edit the guard of the role.',
  'envelope-malformed': 'Check that the tool sends EWS requests to the EWS URL.',
  'upstream-unreachable': WAIT,
  'upstream-timeout': WAIT,
  'upstream-refused-credentials': WAIT,
}

export const remedyOf = (reason: string | undefined): string =>
  reason === undefined ? '' : (REMEDIES[reason] ?? 'Its record in the audit says more.')
