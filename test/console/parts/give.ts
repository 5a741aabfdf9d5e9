/**
 * Tests that the settings of the page work, and that the page shows the first requests.
 *
 * @module
 */

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { until } from '../../kit/until.ts'
import { violations } from '../browser.ts'
import { copied, dialogOf, open, type Part } from '../part.ts'

const CA = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'

const run = promisify(execFile)

/** Users that the role allows. */
const PEOPLE = new Set(['alice', 'bob', 'carol'].map(name => `${name}@example.com`))

export const GIVE: Part = {
  name: 'a tool that is given the role acts at once, and its first request is shown',
  run: async (t, { demo, admin: { page } }) => {
    await open(page, demo, `/roles/${await demo.createRole('given')}`)
    await page.getByRole('button', { name: 'Create access key' }).click()
    const dialog = dialogOf(page)
    await dialog.getByLabel('Tool name').fill('copy-server')
    await dialog.getByRole('button', { name: 'Create access key' }).click()
    await dialog.getByText('Waiting for the first request').waitFor()
    const user = dialog.getByLabel('User to impersonate')
    await until('a user that the role allows', async () => PEOPLE.has(await user.inputValue()))
    t.strictSame(await violations(dialog), [], 'axe-core finds nothing in the dialog')

    // Esc must not discard the password.
    await page.keyboard.press('Escape')
    const tool = {
      url: await copied(page, 'EWS URL'),
      id: await copied(page, 'User name'),
      secret: await copied(page, 'Password'),
    }
    t.equal(tool.url, demo.ewsUrl)
    const key = { accessKeyId: tool.id, secretAccessKey: tool.secret }
    t.equal(await demo.findMail({ ...key, secretAccessKey: 'wrong' }, 'alice@example.com'), '401')
    await dialog.getByText('Copy the user name and the password again').waitFor()
    t.equal(await demo.findMail(key, 'ceo@example.com'), 'ErrorImpersonateUserDenied')
    await dialog.getByText('A DENY rule of the role matches this user').waitFor()

    const command = await copied(page, 'Test command')
    t.match((await run('bash', ['-c', command])).stdout, 'NoError', 'the test command opens it')
    await dialog.getByText('The first request is allowed').waitFor()
    const said = await dialog.getByText(`GetFolder as ${await user.inputValue()}`).textContent()
    t.match(said, /127\.0\.0\.1/)

    await dialog.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('rowheader', { name: 'copy-server' }).waitFor()
    await open(page, demo, '/')
    await page.getByRole('heading', { name: 'Gateways' }).waitFor()
    t.equal(await page.getByText('Get started').count(), 0, 'nobody needs the first steps anymore')
  },
}

export const CA_CERTIFICATE: Part = {
  name: 'the CA certificate of the gateway is downloaded beside the settings that name it',
  run: async (t, { demo, admin: { page } }) => {
    const role = await demo.createRole('given-by-https')
    // The gateway of the demo has no certificate.
    const withCertificate: Parameters<typeof page.route>[1] = async route => {
      const target = await route.request().headerValue('x-amz-target')
      if (target !== 'EwsGateway.GiveRoleToTool') return await route.fallback()
      const response = await route.fetch()
      const given = await response.json()
      const more = { EwsUrl: 'https://gateway.example.com/EWS/Exchange.asmx', CaCertificate: CA }
      await route.fulfill({ response, json: { ...given, ...more } })
    }
    await page.route('**/*', withCertificate)
    await open(page, demo, `/roles/${role}`)
    await page.getByRole('button', { name: 'Create access key' }).click()
    const dialog = dialogOf(page)
    await dialog.getByLabel('Tool name').fill('tool-by-https')
    await dialog.getByRole('button', { name: 'Create access key' }).click()
    const download = page.waitForEvent('download')
    await dialog.getByRole('button', { name: 'Download gateway-ca.pem' }).click()
    const file = await download
    t.equal(file.suggestedFilename(), 'gateway-ca.pem')
    t.equal(await readFile(await file.path(), 'utf8'), CA)
    await dialog.getByRole('checkbox', { name: /self-signed or from a private CA/ }).uncheck()
    t.equal(await dialog.getByRole('button', { name: 'Download gateway-ca.pem' }).count(), 0)
    await dialog.getByRole('button', { name: 'Done' }).click()
    await page.unroute('**/*', withCertificate)
  },
}
