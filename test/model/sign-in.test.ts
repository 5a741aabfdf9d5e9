/** The offer of other host names, and sign-ins that lack what protects them against relays. */

import t from 'tap'
import { DEFAULT_OFFER, isUnprotected, type SignIn } from '../../src/model/sign-in.ts'

t.strictSame(DEFAULT_OFFER, { schemes: ['Basic', 'Bearer'], extendedProtection: 'allow' })

for (const [signIn, expected] of [
  [{ scheme: 'Basic' }, false],
  [{ scheme: 'Bearer' }, false],
  [{ scheme: 'NTLM' }, true],
  [{ scheme: 'NTLM', mic: 'ok' }, true],
  [{ scheme: 'NTLM', channelBinding: 'ok' }, true],
  [{ scheme: 'NTLM', mic: 'ok', channelBinding: 'absent' }, true],
  [{ scheme: 'NTLM', mic: 'wrong', channelBinding: 'ok' }, true],
  [{ scheme: 'NTLM', mic: 'ok', channelBinding: 'ok' }, false],
] as const satisfies readonly (readonly [SignIn, boolean])[])
  t.equal(isUnprotected(signIn), expected, `isUnprotected() ${JSON.stringify(signIn)}`)
