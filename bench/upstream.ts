/**
 * The server behind everything that is measured: as little work as an answer takes, a process of
 * its own. It answers by what a request asks for and keeps nothing of it.
 *
 *     node bench/upstream.ts PORT [CERTIFICATE PRIVATE_KEY]
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { ANSWERS, DOWNLOAD_BYTES } from './answers.ts'

const HEAD_ENDS = '\r\n\r\n'
/** Number of bytes of a request in which the operation is searched. */
const LOOKED_AT = 4_096
/** Between two notifications of a stream. */
const NOTIFY_MS = 1_000

let served = 0

/** One connection: requests one after the other. */
function serve(socket: Socket): void {
  let kept: Buffer | undefined
  let left = 0
  let beginning = ''
  socket.setNoDelay(true).on('error', () => socket.destroy())
  socket.on('data', (piece: Buffer) => {
    let bytes = kept === undefined ? piece : Buffer.concat([kept, piece])
    kept = undefined
    if (left === 0) {
      const end = bytes.indexOf(HEAD_ENDS)
      if (end === -1) {
        kept = bytes
        return
      }
      const head = bytes.toString('latin1', 0, end)
      left = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      beginning = head.startsWith('GET') ? 'count' : ''
      bytes = bytes.subarray(end + HEAD_ENDS.length)
    }
    if (beginning.length < LOOKED_AT) beginning += bytes.toString('latin1', 0, LOOKED_AT)
    left -= bytes.length
    if (left > 0) return
    left = 0
    answer(socket, beginning)
  })
}

function answer(socket: Socket, request: string): void {
  if (request === 'count') {
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${String(served).length}\r\n\r\n${served}`)
    return
  }
  // A gateway sends an empty request when it starts.
  if (request !== '') served += 1
  if (request.includes('GetStreamingEvents')) stream(socket)
  else if (request.includes('GetAttachment>')) download(socket)
  else if (request.includes('Subscribe>')) socket.write(ANSWERS.subscribed)
  else if (request.includes('folder:FolderClass')) socket.write(ANSWERS.classes)
  else if (request.includes('GetFolder>')) socket.write(ANSWERS.folders)
  else socket.write(ANSWERS.small)
}

function stream(socket: Socket): void {
  socket.write(ANSWERS.streamHead)
  const timer = setInterval(() => socket.write(ANSWERS.notification), NOTIFY_MS)
  socket.on('close', () => clearInterval(timer))
}

/** As fast as it is taken. */
function download(socket: Socket): void {
  socket.write(ANSWERS.downloadHead)
  let left = DOWNLOAD_BYTES
  const more = () => {
    for (let room = true; room && left > 0; ) {
      const piece = ANSWERS.piece.subarray(0, Math.min(left, ANSWERS.piece.length))
      left -= piece.length
      room = socket.write(piece)
    }
    if (left === 0) socket.off('drain', more)
  }
  socket.on('drain', more)
  more()
}

const [port, certificate, privateKey] = process.argv.slice(2)
const server =
  certificate === undefined || privateKey === undefined
    ? createServer({ noDelay: true }, serve)
    : createTlsServer({ cert: readFileSync(certificate), key: readFileSync(privateKey) }, serve)
server.listen(Number(port), '127.0.0.1')
