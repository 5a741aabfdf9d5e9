/**
 * `ews-gateway check-upstream`: checks whether the gateway can use the upstream servers.
 *
 * @module
 */

import { checkOf, upstreamOf } from '../app/upstreams.ts'
import type { Config, OrganizationConfig } from '../config/schema.ts'
import type { CheckLine } from '../upstream/upstream.ts'
import { type Output, organizationOf } from './users.ts'

const MARKS = {
  ok: 'ok',
  failed: 'FAILED',
  skipped: '-',
} as const satisfies Record<CheckLine['result'], string>

/**
 * Prints the result of each step, for one organization or all.
 *
 * @returns the exit code: 1 if a step failed
 * @throws UsersError if the configuration has no such organization
 */
export async function runCheckUpstream(
  config: Config,
  settings: Readonly<{ organization?: string; as?: string }>,
  { print }: Output,
): Promise<number> {
  const { organization, as } = settings
  const chosen =
    organization === undefined ? config.organizations : [organizationOf(config, organization)]
  let code = 0
  for (const one of chosen) {
    if (config.organizations.length > 1) print(`${one.alias}: ${one.upstream.url}\n`)
    const lines = await check(config, one, as)
    print(lines.map(written).join(''))
    if (lines.some(({ result }) => result === 'failed')) code = 1
  }
  return code
}

async function check(config: Config, organization: OrganizationConfig, as: string | undefined) {
  const { upstream: options, neutralMailbox, opaqueIds } = organization
  const upstream = upstreamOf({ ...options, connections: 1 })
  const { serviceAddresses } = options
  try {
    const checked = {
      serviceAddresses,
      opaqueIds,
      ...(neutralMailbox !== undefined && { neutralMailbox }),
    }
    return await checkOf(upstream, config, checked, as)
  } finally {
    // Not awaited, because a server that hangs would delay the exit.
    void upstream.close()
  }
}

function written({ name, result, detail, advice }: CheckLine): string {
  const line = `${name.padEnd(16)} ${MARKS[result].padEnd(7)} ${detail}\n`
  return advice === undefined ? line : `${line}${' '.repeat(25)}${advice}\n`
}
