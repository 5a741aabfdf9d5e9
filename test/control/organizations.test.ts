import t from 'tap'
import { ORGANIZATION, startDesk } from '../kit/desk.ts'

t.test('ListOrganizations and DescribeOrganization show the own one', async t => {
  const desk = await startDesk(t)
  const summary = { OrganizationId: ORGANIZATION, Alias: 'example', State: 'Active' }
  const { body } = await desk.call('ListOrganizations', { MaxResults: 1 })
  t.strictSame(body, { OrganizationSummaries: [summary] })
  const described = await desk.get('DescribeOrganization')
  t.match(described, summary)

  const arn = String(described['ARN'])
  t.match(arn, /^arn:aws:workmail:[a-z0-9-]*:[a-z0-9-]+:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}$/)
  const reader = (resource: string) =>
    desk.addPrincipal(resource, [
      { Effect: 'Allow', Action: ['workmail:List*'], Resource: [resource] },
    ])
  const allowed = await desk.call('ListOrganizations', {}, { as: await reader(arn) })
  t.equal(allowed.status, 200, 'the ARN is good as the Resource of a policy')
  const other = await reader(arn.replace(ORGANIZATION, `m-${'f'.repeat(32)}`))
  t.equal((await desk.call('ListOrganizations', {}, { as: other })).status, 403)
})
