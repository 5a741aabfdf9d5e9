import t from 'tap'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

const NOW = Date.UTC(2026, 10, 24, 12)

t.test('ListGateways lists the gateways with a recent heartbeat', async t => {
  const control = await startControlTestServer(t, { now: () => NOW })
  const list = async (as = control.admin) =>
    control.call('ListGateways', { OrganizationId: ORGANIZATION }, { as, service: 'EwsGateway' })
  t.strictSame((await list()).body, { Gateways: [] })
  await control.store.recordHeartbeat({
    id: 'one',
    host: 'gw-1',
    version: '1.2.3',
    startedAt: NOW - 60_000,
    seenAt: NOW - 1_500,
    masterKeys: ['check'],
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
  t.equal((await list(await control.addPrincipal('nobody', []))).status, 403)
})
