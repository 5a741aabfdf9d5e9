import t from 'tap'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

t.test('ListOrganizations and DescribeOrganization return the caller’s', async t => {
  const control = await startControlTestServer(t)
  const summary = { OrganizationId: ORGANIZATION, Alias: 'example', State: 'Active' }
  const { body } = await control.call('ListOrganizations', { MaxResults: 1 })
  t.strictSame(body, { OrganizationSummaries: [summary] })
  const described = await control.get('DescribeOrganization')
  t.match(described, summary)

  const arn = String(described['ARN'])
  t.match(arn, /^arn:aws:workmail:[a-z0-9-]*:[a-z0-9-]+:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}$/)
  const reader = (resource: string) =>
    control.addPrincipal(resource, [
      { Effect: 'Allow', Action: ['workmail:List*'], Resource: [resource] },
    ])
  const allowed = await control.call('ListOrganizations', {}, { as: await reader(arn) })
  t.equal(allowed.status, 200, 'the ARN is good as the Resource of a policy')
  const other = await reader(arn.replace(ORGANIZATION, `m-${'f'.repeat(32)}`))
  t.equal((await control.call('ListOrganizations', {}, { as: other })).status, 403)
})
