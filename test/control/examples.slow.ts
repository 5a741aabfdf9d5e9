/**
 * The lines of the documentation, run by curl, the AWS CLI, and boto3 in the order of the scenario.
 *
 * Each client calls every action, and gets the response that the documentation shows.
 */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import t from 'tap'
import { readExamples } from '../../scripts/docs/examples.ts'
import { awsSend, boto3Send, curlSend } from './examples/clients.ts'
import { replay } from './examples/replay.ts'
import { startWorld } from './examples/world.ts'

/** Returns whether Python has boto3. */
function hasBoto3(): boolean {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import boto3'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const noCurl = existsSync('/usr/bin/curl') ? false : 'curl is not installed'
const noAws = existsSync('/usr/bin/aws') ? false : 'The AWS CLI is not installed: install awscli'
const noBoto3 = hasBoto3() ? noAws : 'boto3 is not installed: install python3-boto3'

for (const [name, begin, skip] of [
  ['curl', curlSend, noCurl],
  ['the AWS CLI', awsSend, noAws],
  ['boto3', boto3Send, noBoto3],
] as const)
  t.test(
    `the lines for ${name} get the documented responses`,
    { skip, timeout: 1_200_000 },
    async t => {
      t.strictSame(await replay(() => startWorld(t), begin(t)), readExamples())
    },
  )
