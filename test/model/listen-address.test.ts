import t from 'tap'
import { writeListenAddress } from '../../src/model/listen-address.ts'

for (const [host, written] of [
  ['127.0.0.1', '127.0.0.1:443'],
  ['localhost', 'localhost:443'],
  ['::1', '[::1]:443'],
] as const)
  t.equal(writeListenAddress({ host, port: 443 }), written, `writeListenAddress() of ${host}`)
