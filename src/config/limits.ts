/**
 * The part of the schema that bounds what one client can use and how long the gateway waits.
 *
 * @module
 */

import { oneOf, section, whole } from './values.ts'

/** Sizes and numbers. */
export function limits() {
  const bytes = (value: number) => whole('bytes', 1024, 1_073_741_824).default(value)
  const count = (what: string, value: number) => whole(what, 1, 1_000_000).default(value)
  return section({
    bodyBytes: bytes(67_108_864).meta({ description: 'A request body.' }),
    gatheredBytes: bytes(8_388_608).meta({ description: 'A request body of unknown length.' }),
    prologueBytes: bytes(65_536).meta({ description: 'All before the operation element.' }),
    headerBytes: bytes(16_384).meta({ description: 'All HTTP headers together.' }),
    depth: count('elements', 64).meta({ description: 'Elements inside one another.' }),
    attributes: count('attributes', 256).meta({ description: 'Attributes of one element.' }),
    nameBytes: count('bytes', 1024).meta({ description: 'The name of an element or attribute.' }),
    memoryBytes: whole('bytes', 33_554_432, 17_179_869_184).optional().meta({
      description:
        'Bytes of clients and of the upstream that are kept at once, for all requests together; a quarter is for the control listener, and a sixteenth for the ops listener. Default: a quarter of the memory that the process can use, and at most 256 MiB.',
    }),
    connections: count('connections', 4096).meta({ description: 'Connections in all.' }),
    connectionsPerAddress: count('connections', 512).meta({
      description: 'Connections from one address.',
    }),
    inFlightPerPrincipal: count('requests', 256).meta({
      description: 'Requests and streams of one principal at a time.',
    }),
    inFlightPerRole: count('requests', 512).meta({
      description: 'Requests and streams in one role at a time, whoever assumes it.',
    }),
    policy: oneOf(['default', 'workmail']).default('default').meta({
      description:
        "How many roles, rules and targets there may be: the gateway's own, or WorkMail's.",
    }),
  })
}

/** Times, in seconds. */
export function timeouts() {
  const seconds = (value: number) => whole('seconds', 1, 3600).default(value)
  return section({
    headersSeconds: seconds(60).meta({ description: "For a request's HTTP headers." }),
    bodyIdleSeconds: seconds(60).meta({ description: 'Between two pieces of a request body.' }),
    upstreamSeconds: seconds(120).meta({ description: "For the upstream's first byte." }),
    drainSeconds: seconds(30).meta({ description: 'For what is in flight when the gateway ends.' }),
  })
}
