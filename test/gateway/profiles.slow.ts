/** Profiles at the running gateway, in full: every profile at Exchange and at grommunio. */

import t from 'tap'
import { PROFILES } from '../../src/model/profile.ts'
import { CanaryMailbox, readCanaries } from './profile-canaries.ts'

for (const gromox of [false, true])
  t.test(`every profile, at ${gromox ? 'grommunio' : 'Exchange'}`, async t => {
    const mailbox = await CanaryMailbox.start(t, { gromox })
    t.ok((await readCanaries(t, mailbox, PROFILES)) > 200, 'profiles allow some reads')
  })
