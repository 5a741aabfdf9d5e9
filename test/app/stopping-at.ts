/**
 * Loaded into a process before its own code: sends it SIGTERM at a point of its start, which STOP_AT names.
 *
 * `load FILE`: when this module of the project is loaded. `listen N`, `listening N`: before and after the Nth listener listens.
 * `connect N`: when it opens its Nth connection.
 *
 * @module
 */

import { registerHooks } from 'node:module'
import net from 'node:net'

const { STOP_AT } = process.env
const ROOT = new URL('../../', import.meta.url).href

function reach(point: string): void {
  if (point === STOP_AT) process.kill(process.pid, 'SIGTERM')
}

registerHooks({
  load: (url, context, next) => {
    reach(`load ${url.replace(ROOT, '')}`)
    return next(url, context)
  },
})

let listeners = 0
const { listen } = net.Server.prototype
net.Server.prototype.listen = function (...args: unknown[]) {
  listeners += 1
  const number = listeners
  reach(`listen ${number}`)
  this.once('listening', () => reach(`listening ${number}`))
  return Reflect.apply(listen, this, args)
}

let connections = 0
const { connect } = net.Socket.prototype
net.Socket.prototype.connect = function (...args: unknown[]) {
  connections += 1
  reach(`connect ${connections}`)
  return Reflect.apply(connect, this, args)
}
