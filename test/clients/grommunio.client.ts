/**
 * Clients before a server that behaves like grommunio: the tests of each, under both types of roles.
 */

import { likeGrommunio } from './client-test-server.ts'

likeGrommunio()
for (const client of ['exchangelib', 'node-ews', 'evolution', 'thunderbird'])
  await import(`./${client}.client.ts`)
