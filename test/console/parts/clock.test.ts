import t from 'tap'
import { gatewayNow, noteTime } from '../../../src/console/api/clock.ts'

const HOUR = 3_600_000
const dateOf = (ms: number) => new Date(ms).toUTCString()
const ahead = () => Math.round((gatewayNow() - Date.now()) / HOUR)

t.equal(ahead(), 0, 'gatewayNow() is the time of the browser before the first response')
for (const [what, date, hours] of [
  ['a gateway that is ahead', dateOf(Date.now() + HOUR), 1],
  ['no header, which changes nothing', null, 1],
  ['a text that is no time, which changes nothing', 'soon', 1],
  ['a gateway that is behind', dateOf(Date.now() - 2 * HOUR), -2],
] as const) {
  noteTime(date)
  t.equal(ahead(), hours, `noteTime() of ${what}`)
}
noteTime(dateOf(Date.now() - 2_000))
t.ok(Math.abs(gatewayNow() - Date.now()) < 1_000, 'noteTime() ignores what a response takes')
