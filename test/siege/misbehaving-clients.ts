/**
 * Runs slow and misbehaving clients in a separate process. Each kind holds a number of sockets, from
 * addresses of their own, until the parent ends them.
 *
 * @module
 */

import { connect, type Socket } from 'node:net'
import { headOf, ORDINARY, requestBytes } from './requests.ts'
import { GET_FOLDER, requestOf } from './seeds.ts'
import { ANSWER_BYTES } from './upstream.ts'

/** How many sockets each kind holds. */
export type Crowd = Readonly<Record<Kind, number>>

export const KINDS = [
  'slow headers',
  'slow bodies',
  'slow unauthenticated bodies',
  'slow readers',
  'half-closed',
  'pipelines unread',
  'aborted uploads',
  'idle',
] as const
export type Kind = (typeof KINDS)[number]

export type CrowdOptions = Readonly<{ port: number; authorization: string; crowd: Crowd }>

/** Connections opened and closed of each kind. Sent when all clients have connected, and at the end. */
export type ConnectionCounts = Readonly<Record<Kind, Readonly<{ opened: number; closed: number }>>>

const DRIBBLE_MS = 250
const AGAIN_MS = 500
const PIPELINED = 20
/** They come one after the other: faster than that a listening socket has no room for them. */
const ARRIVALS_PER_MS = 1
const UPLOAD_BYTES = 1_048_576
export const SOCKETS_PER_ADDRESS = 480

type Act = (socket: Socket, again: () => void) => void

function actsOf(authorization: string): Record<Kind, Act> {
  const dribble =
    (head: string): Act =>
    socket => {
      socket.resume().write(head)
      const timer = setInterval(() => socket.write('x'), DRIBBLE_MS)
      socket.once('close', () => clearInterval(timer))
    }
  const large = requestOf(GET_FOLDER.replace('IdOnly', `${ANSWER_BYTES}8000000`))
  const upload = requestOf(
    `<m:CreateItem><m:Items><t:Message><t:Subject>${'x'.repeat(UPLOAD_BYTES)}</t:Subject></t:Message></m:Items></m:CreateItem>`,
  )
  const ordinary = requestBytes(ORDINARY, { authorization })
  return {
    'slow headers': dribble(`${headOf('', { authorization }).slice(0, -2)}X: `),
    'slow bodies': dribble(headOf('', { authorization, length: 5_000 }) + ORDINARY.slice(0, 300)),
    'slow unauthenticated bodies': dribble(headOf('', { length: 5_000 })),
    'slow readers': socket => void socket.pause().write(requestBytes(large, { authorization })),
    'half-closed': (socket, again) => {
      socket.resume().end(ordinary.subarray(0, Math.random() < 0.5 ? ordinary.length : 500))
      socket.once('close', () => setTimeout(again, AGAIN_MS))
    },
    'pipelines unread': socket =>
      void socket.pause().write(Buffer.concat(Array.from({ length: PIPELINED }, () => ordinary))),
    'aborted uploads': (socket, again) => {
      const bytes = requestBytes(upload, { authorization })
      socket.resume().write(bytes.subarray(0, UPLOAD_BYTES / 2), () => {
        socket.destroy()
        setTimeout(again, AGAIN_MS)
      })
    },
    idle: socket => void socket.resume(),
  }
}

function begin({ port, authorization, crowd }: CrowdOptions): void {
  const acts = actsOf(authorization)
  const counts = Object.fromEntries(KINDS.map(kind => [kind, { opened: 0, closed: 0 }]))
  const sockets = KINDS.reduce((sum, kind) => sum + crowd[kind], 0)
  const arrivalMs = sockets / ARRIVALS_PER_MS
  let [next, connected] = [0, 0]
  for (const kind of KINDS) {
    const open = () => {
      const localAddress = `127.0.1.${1 + (Math.floor(next++ / SOCKETS_PER_ADDRESS) % 250)}`
      const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true })
      const count = counts[kind] as { opened: number; closed: number }
      socket.on('error', () => undefined)
      socket.on('connect', () => {
        count.opened++
        if (++connected === sockets) process.send?.(counts)
        acts[kind](socket, open)
      })
      socket.on('close', () => count.closed++)
    }
    for (let left = crowd[kind]; left > 0; left--)
      setTimeout(open, (left / crowd[kind]) * arrivalMs)
  }
  process.on('message', order => {
    process.send?.(counts, () => order === 'enough' && process.exit(0))
  })
  process.on('disconnect', () => process.exit())
}

if (process.send) process.once('message', options => begin(options as CrowdOptions))
