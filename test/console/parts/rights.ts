/**
 * What a policy does not allow is not offered, and is refused all the same.
 */

import { visitor } from '../browser.ts'
import { open, type Part, signIn } from '../part.ts'

const MAY = ['ewsgateway:ListRoleSummaries', 'ewsgateway:DescribeImpersonationRole']

export const LITTLE_RIGHTS: Part = {
  name: 'a principal sees and does what its policy allows, and no more',
  run: async (t, { browser, house }) => {
    const Policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: MAY, Resource: ['*'] }],
    }
    const { PrincipalId } = await house.api('EwsGateway.CreatePrincipal', {
      Name: 'reader',
      Policy,
    })
    const key = await house.api('EwsGateway.CreateAccessKey', { PrincipalId })
    const { page, troubles, expect, context } = await visitor(browser)
    await open(page, house, '/roles')
    await signIn(page, {
      accessKeyId: String(key['AccessKeyId']),
      secretAccessKey: String(key['SecretAccessKey']),
    })
    await page.getByRole('link', { name: 'backup-readonly' }).click()
    await page.getByRole('heading', { name: 'backup-readonly' }).waitFor()
    for (const name of ['Create role', 'Give to a tool', 'Edit', 'Test', 'Actions'])
      t.equal(await page.getByRole('button', { name, exact: true }).count(), 0, `no ${name}`)
    const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
    t.strictSame(await links.allTextContents(), ['Impersonation roles'])

    await open(page, house, '/roles/new')
    await page.getByText('reader may not see this page').waitFor()
    await page.getByText('workmail:CreateImpersonationRole').waitFor()
    expect(403)
    const status = await page.evaluate(organizationId => {
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'WorkMailService.CreateImpersonationRole',
      }
      const role = { Name: 'mine', Type: 'READ_ONLY', Rules: [] }
      const body = JSON.stringify({ OrganizationId: organizationId, ...role })
      return fetch('/', { method: 'POST', headers, body }).then(answer => answer.status)
    }, house.organizationId)
    t.equal(status, 403, 'the gateway refuses what the page does not offer')
    t.strictSame(troubles, [])
    await context.close()
  },
}
