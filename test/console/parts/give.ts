/**
 * Tests that a real EWS client can use a role with the values of the page, and that the page shows it.
 *
 * @module
 */

import { FolderId, ItemView, WellKnownFolderName } from 'ews-javascript-api'
import { outcomeOf, serviceFor } from '../../clients/ews.ts'
import { copied, dialogOf, open, type Part } from '../part.ts'

export const GIVE: Part = {
  name: 'a tool that is given the role acts at once, and its first request is shown',
  run: async (t, { demo, admin: { page } }) => {
    await open(page, demo, `/roles/${await demo.createRole('given')}`)
    await page.getByRole('button', { name: 'Give to a tool' }).click()
    const dialog = dialogOf(page)
    await dialog.getByLabel('Name of the tool').fill('copy-server')
    await dialog.getByRole('button', { name: 'Make a key' }).click()
    await dialog.getByText('Waiting for the first request').waitFor()

    const tool = {
      url: await copied(page, 'EWS URL'),
      id: await copied(page, 'User name'),
      secret: await copied(page, 'Password'),
    }
    t.equal(tool.url, demo.ewsUrl)
    const service = serviceFor(tool, tool)
    const inbox = new FolderId(WellKnownFolderName.Inbox)
    t.equal(await outcomeOf(() => service.FindItems(inbox, new ItemView(1))), 'done')
    await dialog.getByText('The first request is allowed').waitFor()
    const said = await dialog.getByText('FindItem as alice@example.com').textContent()
    t.match(said, /127\.0\.0\.1/)

    await dialog.getByRole('button', { name: 'Done' }).click()
    const key = { accessKeyId: tool.id, secretAccessKey: tool.secret }
    t.equal(await demo.findMail(key, 'ceo@example.com'), 'ErrorImpersonateUserDenied')
    await page.getByRole('rowheader', { name: 'copy-server' }).waitFor()
    t.pass('the role lists the tool')
  },
}
