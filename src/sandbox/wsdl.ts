/**
 * Services.wsdl and its schemas, small and lax: enough for SOAP toolkits to call the sandbox.
 *
 * @module
 */

import { MESSAGES_NS, TYPES_NS } from '../model/envelope.ts'

/** Operation, and its request element where that has another name. */
const OPERATIONS: readonly (readonly [operation: string, requestElement?: string])[] = [
  ...[
    ...'ConvertId CopyItem CreateAttachment CreateFolder CreateItem DeleteAttachment'.split(' '),
    ...'DeleteFolder DeleteItem EmptyFolder ExpandDL ExportItems FindFolder FindItem'.split(' '),
    ...'GetAttachment GetDelegate GetEvents GetFolder GetInboxRules GetItem GetMailTips'.split(' '),
    ...'GetRoomLists GetRooms GetServerTimeZones GetUserConfiguration MoveFolder MoveItem'.split(
      ' ',
    ),
    ...'ResolveNames SendItem Subscribe SyncFolderHierarchy SyncFolderItems Unsubscribe'.split(' '),
    ...'UpdateFolder UpdateItem UploadItems'.split(' '),
  ].map(name => [name] as const),
  ['GetUserAvailability', 'GetUserAvailabilityRequest'],
  ['GetUserOofSettings', 'GetUserOofSettingsRequest'],
  ['SetUserOofSettings', 'SetUserOofSettingsRequest'],
]

const XML = '<?xml version="1.0" encoding="utf-8"?>\n'
const SCHEMA = 'xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"'
/** Anything, in any order, with any attributes. */
const ANY =
  '<xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded" processContents="lax"/></xs:sequence>' +
  '<xs:anyAttribute processContents="lax"/>'

/** The file at a lower-case path, or undefined where there is none. */
export function schemaFile(path: string, endpoint: string): string | undefined {
  if (path === '/ews/services.wsdl') return services(endpoint)
  if (path === '/ews/messages.xsd') return messages()
  return path === '/ews/types.xsd' ? types() : undefined
}

function types(): string {
  const headers = [
    'ExchangeImpersonation',
    'MailboxCulture',
    'RequestServerVersion',
    'ServerVersionInfo',
    'TimeZoneContext',
  ].map(name => `<xs:element name="${name}" type="t:AnyType"/>`)
  return (
    `${XML}<xs:schema ${SCHEMA} xmlns:t="${TYPES_NS}" targetNamespace="${TYPES_NS}">` +
    `<xs:complexType name="AnyType" mixed="true">${ANY}</xs:complexType>${headers.join('')}</xs:schema>`
  )
}

function messages(): string {
  const elements = OPERATIONS.flatMap(([name, request = name]) => [request, `${name}Response`])
  return (
    `${XML}<xs:schema ${SCHEMA} xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}" targetNamespace="${MESSAGES_NS}">` +
    `<xs:import namespace="${TYPES_NS}" schemaLocation="types.xsd"/>` +
    `<xs:complexType name="AnyType" mixed="true">${ANY}</xs:complexType>` +
    `${elements.map(name => `<xs:element name="${name}" type="m:AnyType"/>`).join('')}</xs:schema>`
  )
}

const services = (endpoint: string) =>
  `${XML}<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" ` +
  `xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:tns="${MESSAGES_NS}" ` +
  `xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="${TYPES_NS}" targetNamespace="${MESSAGES_NS}">` +
  '<wsdl:types><xs:schema>' +
  `<xs:import namespace="${MESSAGES_NS}" schemaLocation="messages.xsd"/></xs:schema></wsdl:types>` +
  `${OPERATIONS.map(wsdlMessages).join('')}` +
  `<wsdl:portType name="ExchangeServicePortType">${OPERATIONS.map(portOperation).join('')}</wsdl:portType>` +
  '<wsdl:binding name="ExchangeServiceBinding" type="tns:ExchangeServicePortType">' +
  '<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>' +
  `${OPERATIONS.map(boundOperation).join('')}</wsdl:binding>` +
  '<wsdl:service name="ExchangeServices">' +
  '<wsdl:port name="ExchangeServicePort" binding="tns:ExchangeServiceBinding">' +
  `<soap:address location="${endpoint}"/></wsdl:port></wsdl:service></wsdl:definitions>`

type Listed = (typeof OPERATIONS)[number]

const wsdlMessages = ([name, request = name]: Listed) =>
  `<wsdl:message name="${name}SoapIn"><wsdl:part name="request" element="tns:${request}"/></wsdl:message>` +
  `<wsdl:message name="${name}SoapOut"><wsdl:part name="${name}Result" element="tns:${name}Response"/></wsdl:message>`

const portOperation = ([name]: Listed) =>
  `<wsdl:operation name="${name}"><wsdl:input message="tns:${name}SoapIn"/>` +
  `<wsdl:output message="tns:${name}SoapOut"/></wsdl:operation>`

const boundOperation = ([name]: Listed) =>
  `<wsdl:operation name="${name}"><soap:operation soapAction="${MESSAGES_NS}/${name}"/>` +
  '<wsdl:input><soap:body use="literal" parts="request"/></wsdl:input>' +
  `<wsdl:output><soap:body use="literal" parts="${name}Result"/></wsdl:output></wsdl:operation>`
