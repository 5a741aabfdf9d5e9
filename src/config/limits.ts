/**
 * Schema of the limits and timeouts.
 *
 * @module
 */

import { SERVER_KIND_NAMES, SERVER_KINDS } from '../model/server-kind.ts'
import { oneOf, section, whole } from './values.ts'

/** Returns the schema of the limits: sizes, numbers, and rates. */
export function limits() {
  const bytes = (value: number) => whole('bytes', 1024, 1_073_741_824).default(value)
  const count = (what: string, value: number) => whole(what, 1, 1_000_000).default(value)
  return section({
    bodyBytes: whole('bytes', 1024, 1_073_741_824)
      .exactOptional()
      .meta({
        description: `Size of a request body. Default: the limit of the organization's server by \`upstream.kind\`, which is ${limitsOfKinds()}. Beyond it: \`body-too-large\`.`,
      }),
    gatheredBytes: bytes(8_388_608).meta({
      description: 'Size of a request body without a Content-Length. Beyond it: `body-too-large`.',
    }),
    prologueBytes: bytes(65_536).meta({
      description:
        'Size of everything before the operation element. Beyond it: `envelope-malformed`.',
    }),
    headerBytes: bytes(16_384).meta({
      description:
        'Size of the URL and all HTTP headers together. Beyond it: HTTP status 431, `headers-too-large`.',
    }),
    depth: count('elements', 64).meta({
      description: 'Depth of nested elements. Beyond it: `envelope-malformed`.',
    }),
    attributes: count('attributes', 256).meta({
      description: 'Number of attributes of one element. Beyond it: `envelope-malformed`.',
    }),
    nameBytes: count('bytes', 1024).meta({
      description: 'Size of the name of an element or attribute. Beyond it: `envelope-malformed`.',
    }),
    memoryBytes: whole('bytes', 33_554_432, 17_179_869_184).optional().meta({
      description:
        'Bytes of clients and of the upstream that all requests hold together. A quarter is for the control listener, and a sixteenth for the ops listener. Default: a quarter of the memory that the process can use, and at most 256 MiB. Beyond it: `over-budget`, and on the control and ops listeners HTTP status 503 with `Retry-After`.',
    }),
    connections: count('connections', 4096).meta({
      description:
        'Number of connections in total. Beyond it: the connection is closed, `too-many`.',
    }),
    connectionsPerAddress: count('connections', 512).meta({
      description:
        'Number of connections from one address. Beyond it: the connection is closed, `too-many-of-address`.',
    }),
    inFlightPerPrincipal: count('requests', 256).meta({
      description:
        'Number of requests and streams of one principal at a time, and of its calls to the control API. Beyond it: `over-budget`, and ThrottlingException for calls.',
    }),
    inFlightPerRole: count('requests', 512).meta({
      description:
        'Number of requests and streams in one role at a time, of all principals. Beyond it: `over-budget`.',
    }),
    requestsPerMinute: requestsPerMinute().prefault({}).meta({
      description:
        'Requests that this gateway takes per minute. Beyond it: `over-budget`, with the time to wait. See docs/operations.md.',
    }),
    journalBytesPerHour: whole('bytes', 1_048_576, 1_099_511_627_776).default(1_073_741_824).meta({
      description:
        'Bytes of audit records that one principal can cause in an hour. Beyond it: `over-budget`, with the time to wait.',
    }),
    policy: oneOf(['default', 'workmail']).default('default').meta({
      description: "Limits of roles, rules, and targets: the gateway's own, or WorkMail's.",
    }),
  })
}

const limitsOfKinds = (): string =>
  SERVER_KIND_NAMES.map(kind => `${SERVER_KINDS[kind].bodyBytes} for \`${kind}\``).join(', ')

function requestsPerMinute() {
  const requests = () => whole('requests', 1, 1_000_000)
  return section({
    principal: requests()
      .exactOptional()
      .meta({
        description: 'Requests of one principal. Default: no limit.',
        examples: [600],
      }),
    role: requests()
      .exactOptional()
      .meta({
        description: 'Requests in one role, of all principals. Default: no limit.',
        examples: [1200],
      }),
    control: requests().default(6_000).meta({
      description:
        'Calls of one principal to the control API. A tenth of them, and at least `burst`, can be sent at once after a pause. Beyond it: ThrottlingException.',
    }),
    burst: requests().default(60).meta({
      description:
        'Requests that one principal, or all principals of one role, can send at once after a pause.',
    }),
  })
}

/** Returns the schema of the timeouts, in seconds. */
export function timeouts() {
  const seconds = (value: number) => whole('seconds', 1, 3600).default(value)
  return section({
    headersSeconds: seconds(60).meta({
      description: "Time for a request's HTTP headers. Beyond it: HTTP status 408, `too-slow`.",
    }),
    bodyIdleSeconds: seconds(60).meta({
      description:
        'Time between two chunks of a request body. Beyond it: the connection is closed, `client-gone`.',
    }),
    upstreamSeconds: seconds(120).meta({
      description: "Time until the upstream's first byte. Beyond it: `upstream-timeout`.",
    }),
    drainSeconds: seconds(30).meta({
      description:
        'Time for requests in flight when the gateway ends. Beyond it: their responses are cut.',
    }),
  })
}
