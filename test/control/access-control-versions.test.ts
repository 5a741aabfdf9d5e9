import t from 'tap'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

const OFFICE = { Name: 'office', Effect: 'DENY', Description: '', IpRanges: ['192.0.2.0/24'] }

t.test('the second of two concurrent changes of a rule gets a conflict', async t => {
  const control = await startControlTestServer(t)
  const call = (name: string, input: object) =>
    control.call(name, { OrganizationId: ORGANIZATION, ...input }, { service: 'EwsGateway' })
  const replace = (more: object) => call('ReplaceAccessControlRule', { ...OFFICE, ...more })
  t.match(await call('DescribeAccessControlRule', { Name: 'office' }), {
    type: 'ResourceNotFoundException',
  })
  t.equal((await replace({ ExpectedVersion: 'x' })).type, 'ConflictException')
  const made = await replace({ ExpectedVersion: 'NONE' })
  t.equal(made.status, 200)
  t.equal(
    (await replace({ ExpectedVersion: 'NONE' })).type,
    'ConflictException',
    'the name is taken',
  )

  const { body } = await call('DescribeAccessControlRule', { Name: 'office' })
  t.match(body, { ...OFFICE, Version: made.body['Version'] })
  const seen = { ExpectedVersion: body['Version'] }
  t.equal((await replace({ ...seen, Effect: 'ALLOW' })).status, 200)
  t.match(await replace({ ...seen, IpRanges: ['198.51.100.0/24'] }), {
    status: 409,
    type: 'ConflictException',
  })
  t.match(await control.get('ListAccessControlRules'), {
    Rules: [{ Name: 'Default' }, { ...OFFICE, Effect: 'ALLOW' }],
  })
  t.equal((await replace({})).status, 200, 'whatever stands there, where nothing was expected')

  const both = await call('DescribeAccessControlRule', { Name: 'office' })
  const at = { ExpectedVersion: both.body['Version'] }
  const race = await Promise.all(['a', 'b'].map(Description => replace({ ...at, Description })))
  t.strictSame(race.map(({ status }) => status).sort(), [200, 409])
  const [change] = control.audit().slice(-1)
  t.match(change, { type: 'change', action: 'ewsgateway:ReplaceAccessControlRule' })
  const nobody = await control.addPrincipal('nobody', [])
  for (const name of ['ReplaceAccessControlRule', 'DescribeAccessControlRule'])
    t.match(
      await control.call(
        name,
        { OrganizationId: ORGANIZATION },
        { service: 'EwsGateway', as: nobody },
      ),
      { type: 'AccessDeniedException' },
    )
})
