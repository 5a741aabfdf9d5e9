/**
 * The role is given to a tool: a real EWS client uses what the page shows, and the page notices.
 */

import { FolderId, ItemView, WellKnownFolderName } from 'ews-javascript-api'
import { outcomeOf, serviceFor } from '../../clients/ews.ts'
import { dialogOf, type Part } from '../part.ts'

export const GIVE: Part = {
  name: 'a tool that is given the role acts at once, and its first request is shown',
  run: async (t, journey) => {
    const { page } = journey.admin
    await page.getByRole('button', { name: 'Give to a tool' }).click()
    const dialog = dialogOf(page)
    await dialog.getByLabel('Name of the tool').fill('copy-server')
    await dialog.getByRole('button', { name: 'Make a key' }).click()
    await dialog.getByText('Waiting for the first request').waitFor()

    const copied = async (what: string) => {
      await dialog.getByRole('button', { name: `Copy ${what}` }).click()
      return (await page.evaluate('navigator.clipboard.readText()')) as string
    }
    const tool = {
      url: await copied('EWS URL'),
      id: await copied('User name'),
      secret: await copied('Password'),
    }
    t.equal(tool.url, journey.house.ewsUrl)
    const service = serviceFor(tool, tool)
    const inbox = new FolderId(WellKnownFolderName.Inbox)
    t.equal(await outcomeOf(() => service.FindItems(inbox, new ItemView(1))), 'done')
    await dialog.getByText('The first request is allowed').waitFor()
    const said = await dialog.getByText('FindItem as alice@example.com').textContent()
    t.match(said, /127\.0\.0\.1/)

    await dialog.getByRole('button', { name: 'Done' }).click()
    journey.tool = { accessKeyId: tool.id, secretAccessKey: tool.secret }
    t.equal(
      await journey.house.findMail(journey.tool, undefined, 'ceo@example.com'),
      'ErrorImpersonateUserDenied',
    )
    await page.getByRole('rowheader', { name: 'copy-server' }).waitFor()
    t.pass('it stands among those who may act in the role')
  },
}
