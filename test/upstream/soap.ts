/**
 * Requests as the gateway forwards them, for servers that read them.
 *
 * @module
 */

const ENVELOPE =
  '<?xml version="1.0" encoding="utf-8"?>' +
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"' +
  ' xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"' +
  ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Header>' +
  '<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>alice@example.com' +
  '</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body>'

/** An operation as alice. */
export const soap = (operation: string) =>
  Buffer.from(`${ENVELOPE}${operation}</s:Body></s:Envelope>`)

const INBOX = '<t:DistinguishedFolderId Id="inbox"/>'

export const GET_FOLDER = soap(
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>' +
    `<m:FolderIds>${INBOX}</m:FolderIds></m:GetFolder>`,
)

export const createItem = (text: string) =>
  soap(
    `<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>${INBOX}</m:SavedItemFolderId>` +
      `<m:Items><t:Message><t:Subject>NTLM</t:Subject><t:Body BodyType="Text">${text}</t:Body>` +
      '</t:Message></m:Items></m:CreateItem>',
  )

export const SUBSCRIBE = soap(
  `<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>${INBOX}</t:FolderIds>` +
    '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>' +
    '</m:StreamingSubscriptionRequest></m:Subscribe>',
)

export const getStreamingEvents = (id: string) =>
  soap(
    `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>${id}</t:SubscriptionId>` +
      '</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>',
  )
