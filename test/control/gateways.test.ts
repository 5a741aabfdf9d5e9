import t from 'tap'
import { ORGANIZATION, startDesk } from '../kit/desk.ts'

const NOW = Date.UTC(2026, 10, 24, 12)

t.test('ListGateways shows who has left a sign of life', async t => {
  const desk = await startDesk(t, { now: () => NOW })
  const list = async (as = desk.admin) =>
    desk.call('ListGateways', { OrganizationId: ORGANIZATION }, { as, service: 'EwsGateway' })
  t.strictSame((await list()).body, { Gateways: [] })
  await desk.store.recordHeartbeat({
    id: 'one',
    host: 'gw-1',
    version: '1.2.3',
    startedAt: NOW - 60_000,
    seenAt: NOW - 1_500,
  })
  t.strictSame((await list()).body, {
    Gateways: [
      {
        GatewayId: 'one',
        Host: 'gw-1',
        Version: '1.2.3',
        DateStarted: NOW / 1_000 - 60,
        DateSeen: NOW / 1_000 - 1.5,
      },
    ],
  })
  t.equal((await list(await desk.addPrincipal('nobody', []))).status, 403)
})
