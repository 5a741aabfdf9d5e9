/**
 * Profiles at the running gateway, in full: every profile at Exchange and at grommunio, and mutants of the captured
 * requests of real clients.
 */

import t from 'tap'
import { PROFILES } from '../../src/model/profile.ts'
import { CanaryMailbox, readCanaries } from './profile-canaries.ts'
import { Mutator } from './profile-mutants.ts'

const MUTANTS = 4_000
const SEED = 20_261_128

for (const gromox of [false, true])
  t.test(`every profile, at ${gromox ? 'grommunio' : 'Exchange'}`, async t => {
    const mailbox = await CanaryMailbox.start(t, { gromox })
    t.ok((await readCanaries(t, mailbox, PROFILES)) > 200, 'profiles allow some reads')
  })

t.test(`no mutant reads outside of a profile, seed ${SEED}`, async t => {
  const mailbox = await CanaryMailbox.start(t)
  const mutator = new Mutator(SEED, mailbox.canaries)
  const limited = PROFILES.filter(name => !/^(no|export|import)-/.test(name))
  let read = 0
  for (let i = 0; i < MUTANTS; i += 1) {
    const profile = limited[i % limited.length] as (typeof limited)[number]
    const mutant = mutator.next()
    const { text } = await mailbox.post(profile, mutant)
    const outside = mailbox.outside(profile, text)
    if (mailbox.heard(text).length > 0) read += 1
    if (outside.length > 0) t.fail(`${profile} reads ${outside[0]?.folder}: ${mutant}`)
  }
  t.ok(read > 50, `${read} mutants read a canary inside of the profile`)
})
