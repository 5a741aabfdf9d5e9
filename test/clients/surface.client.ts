/**
 * Everything that clients can do, before both kinds of server: in each role, each step ends as it does
 * directly, or in the way that fixtures/surface.json says. The tables in docs/profiles.md are made from this file.
 *
 * With `WRITE_DOCS=1`, it writes the file instead.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import {
  CLIENT_NAMES,
  type ClientName,
  type Surface,
  writeSurface,
} from '../../scripts/docs/surface.ts'
import { type Client, differenceOf, errorsIn, ROLES, runSteps, SERVERS } from './surface.ts'
import { DAVMAIL } from './surface-davmail.ts'
import { EVOLUTION_CLIENT, EXCHANGELIB } from './surface-python.ts'
import { THUNDERBIRD } from './surface-thunderbird.ts'

const CLIENTS: Readonly<Record<ClientName, Client>> = {
  exchangelib: EXCHANGELIB,
  evolution: EVOLUTION_CLIENT,
  davmail: DAVMAIL,
  thunderbird: THUNDERBIRD,
}
const FILE = 'fixtures/surface.json'
const isWritten = process.env['WRITE_DOCS'] !== undefined
const read = (): Surface => JSON.parse(readFileSync(FILE, 'utf8'))

for (const name of CLIENT_NAMES)
  for (const server of SERVERS)
    t.test(`${name} before ${server}`, { skip: CLIENTS[name].skip }, async t => {
      const client = CLIENTS[name]
      const runner = await client.start(t)
      const before = client.needsGateway === server ? 'FULL_ACCESS' : undefined
      const directly = await runSteps(t, client, runner, server, before)
      const differences: Record<string, Record<string, string>> = {}
      for (const role of Object.keys(ROLES).filter(role => role !== before)) {
        const found = await runSteps(t, client, runner, server, role)
        for (const [step, before] of Object.entries(directly)) {
          const difference = differenceOf(before, found[step])
          if (difference === undefined) continue
          const roles = differences[step] ?? {}
          roles[difference] = roles[difference] ? `${roles[difference]} ${role}` : role
          differences[step] = roles
        }
      }
      const steps = Object.entries(directly).map(([step, { area }]) => [step, area] as const)
      const recorded = read()
      const surface = {
        ...recorded,
        [name]: {
          ...recorded[name],
          steps: Object.fromEntries(steps),
          [server]: { directly: errorsIn(directly), differences },
        },
      }
      if (isWritten) writeFileSync(FILE, writeSurface(surface))
      else t.strictSame(surface, recorded)
    })
