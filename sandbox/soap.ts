/**
 * Reads SOAP requests, and writes responses and faults in Exchange's frames.
 *
 * @module
 */

import { ERRORS_NS, MESSAGES_NS, SOAP_NS, TYPES_NS } from '../src/model/envelope.ts'
import { Fault, messageValues } from './fault.ts'
import { t, XmlElement } from './xml.ts'
import { readXml } from './xml-read.ts'
import { XmlError } from './xml-strict.ts'
import { writeXml } from './xml-write.ts'

/** Content of an envelope: its headers, and its operation element. */
export type SoapRequest = Readonly<{ headers: readonly XmlElement[]; operation: XmlElement }>

/** Build of Exchange Server 2019 that the sandbox reports. */
export const SERVER_VERSION = {
  MajorVersion: '15',
  MinorVersion: '2',
  MajorBuildNumber: '1544',
  MinorBuildNumber: '9',
  Version: 'V2017_07_11',
} as const

/**
 * Reads a request.
 *
 * @param lenient - reads like grommunio: the first Header anywhere, the first Body, and its first child
 * @throws Fault if it is not a request
 */
export function readRequest(bytes: Buffer, lenient: boolean): SoapRequest {
  const envelope = parse(bytes, lenient)
  const header = envelope.child('Header')
  const body = envelope.child('Body')
  if (envelope.name !== 'Envelope' || body === undefined) throw invalid('There is no SOAP Body.')
  if (!lenient) checkFrame(envelope)
  const [operation] = body.children
  if (operation === undefined) throw invalid('The Body is empty.')
  return { headers: header?.children ?? [], operation }
}

function parse(bytes: Buffer, lenient: boolean): XmlElement {
  try {
    return readXml(bytes, lenient)
  } catch (error) {
    if (error instanceof XmlError) throw invalid(error.message)
    throw error
  }
}

function checkFrame(envelope: XmlElement) {
  const [header, body, ...rest] =
    envelope.children[0]?.name === 'Header' ? envelope.children : [undefined, ...envelope.children]
  const frame = [envelope, header, body].filter(element => element !== undefined)
  if (frame.some(({ namespace }) => namespace !== 's'))
    throw invalid('The envelope is not SOAP 1.1.')
  if (body?.name !== 'Body') throw invalid('The Body does not follow the Header.')
  if (rest.length > 0) throw invalid('Something follows the Body.')
  const [operation] = body.children
  if (operation !== undefined) checkNamespaces(operation)
}

/**
 * Rejects elements in the Body that are not in an EWS namespace. The sandbox validates nothing else against the
 * schema.
 */
function checkNamespaces(element: XmlElement) {
  if (element.namespace !== 'm' && element.namespace !== 't')
    throw invalid(`The element '${element.name}' has an invalid namespace.`)
  element.children.forEach(checkNamespaces)
}

const invalid = (detail: string) =>
  new Fault('ErrorInvalidRequest', `The request is invalid. ${detail}`)

const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
const XSI = 'http://www.w3.org/2001/XMLSchema-instance'
const XSD = 'http://www.w3.org/2001/XMLSchema'
const VERSION_ATTRIBUTES = Object.entries(SERVER_VERSION)
  .map(([name, value]) => `${name}="${value}"`)
  .join(' ')
const SERVER_VERSION_INFO = `<h:ServerVersionInfo ${VERSION_ATTRIBUTES} xmlns:h="${TYPES_NS}" xmlns="${TYPES_NS}" xmlns:xsd="${XSD}" xmlns:xsi="${XSI}"/>`

/** Returns the envelope around an operation's response. */
export const writeAnswer = (answer: XmlElement): string =>
  `${DECLARATION}<s:Envelope xmlns:s="${SOAP_NS}"><s:Header>${SERVER_VERSION_INFO}</s:Header>` +
  `<s:Body xmlns:xsi="${XSI}" xmlns:xsd="${XSD}">${writeDeclaring(answer)}</s:Body></s:Envelope>`

/** Returns one envelope of a stream, which Exchange writes without prefixes. */
export const writeStreamed = (answer: XmlElement): string =>
  `<Envelope xmlns="${SOAP_NS}"><soap11:Header xmlns:soap11="${SOAP_NS}">` +
  `<ServerVersionInfo ${VERSION_ATTRIBUTES} xmlns="${TYPES_NS}"/></soap11:Header>` +
  `<soap11:Body xmlns:soap11="${SOAP_NS}">${writeDeclaring(answer)}</soap11:Body></Envelope>`

/** Returns a fault in the frame of Exchange 2010 and later. */
export function writeFault({ code, message, values }: Fault): string {
  const text = escapeText(message)
  const detail =
    `<e:ResponseCode xmlns:e="${ERRORS_NS}">${code}</e:ResponseCode>` +
    `<e:Message xmlns:e="${ERRORS_NS}">${text}</e:Message>` +
    (values === undefined
      ? ''
      : writeXml(t('MessageXml', { 'xmlns:t': TYPES_NS }, messageValues(values))))
  return (
    `${DECLARATION}<s:Envelope xmlns:s="${SOAP_NS}"><s:Body><s:Fault>` +
    `<faultcode xmlns:a="${TYPES_NS}">a:${code}</faultcode>` +
    `<faultstring xml:lang="en-US">${text}</faultstring>` +
    `<detail>${detail}</detail></s:Fault></s:Body></s:Envelope>`
  )
}

/** Returns a fault as grommunio writes it: without the element `detail`, so that clients find no ResponseCode. */
export const writeBareFault = ({ code, message }: Fault): string =>
  `<SOAP:Envelope xmlns:SOAP="${SOAP_NS}"><SOAP:Body><SOAP:Fault><faultcode>${code}</faultcode>` +
  `<faultstring>${escapeText(message)}</faultstring></SOAP:Fault></SOAP:Body></SOAP:Envelope>`

const writeDeclaring = ({ namespace, name, attributes, children, text }: XmlElement) =>
  writeXml(
    new XmlElement(
      namespace,
      name,
      { ...attributes, 'xmlns:m': MESSAGES_NS, 'xmlns:t': TYPES_NS },
      children,
      text,
    ),
  )

const escapeText = (text: string) =>
  text.replace(/[<>&]/g, character => `&#${character.charCodeAt(0)};`)
