/**
 * Services.wsdl and its schemas, small and permissive: enough for SOAP toolkits to call the sandbox.
 *
 * @module
 */

import { operationOf } from '../src/ews/operations.ts'
import { MESSAGES_NS, TYPES_NS } from '../src/model/envelope.ts'

/** An operation and its request element. */
type Listed = readonly [operation: string, requestElement: string]

const XML = '<?xml version="1.0" encoding="utf-8"?>\n'
const SCHEMA = 'xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"'
/** Schema content that allows any elements in any order, with any attributes. */
const ANY =
  '<xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded" processContents="lax"/></xs:sequence>' +
  '<xs:anyAttribute processContents="lax"/>'

/**
 * Returns the file at a path in lower case, or undefined if there is none.
 *
 * @param requestElements - request elements of the operations that the sandbox supports
 */
export function schemaFile(
  path: string,
  endpoint: string,
  requestElements: readonly string[],
): string | undefined {
  const listed = requestElements.map(element => [operationOf(element) ?? element, element] as const)
  if (path === '/ews/services.wsdl') return services(endpoint, listed)
  if (path === '/ews/messages.xsd') return messages(listed)
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

function messages(listed: readonly Listed[]): string {
  const elements = listed.flatMap(([name, request]) => [request, `${name}Response`])
  return (
    `${XML}<xs:schema ${SCHEMA} xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}" targetNamespace="${MESSAGES_NS}">` +
    `<xs:import namespace="${TYPES_NS}" schemaLocation="types.xsd"/>` +
    `<xs:complexType name="AnyType" mixed="true">${ANY}</xs:complexType>` +
    `${elements.map(name => `<xs:element name="${name}" type="m:AnyType"/>`).join('')}</xs:schema>`
  )
}

const services = (endpoint: string, listed: readonly Listed[]) =>
  `${XML}<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" ` +
  `xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:tns="${MESSAGES_NS}" ` +
  `xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="${TYPES_NS}" targetNamespace="${MESSAGES_NS}">` +
  '<wsdl:types><xs:schema>' +
  `<xs:import namespace="${MESSAGES_NS}" schemaLocation="messages.xsd"/></xs:schema></wsdl:types>` +
  `${listed.map(wsdlMessages).join('')}` +
  `<wsdl:portType name="ExchangeServicePortType">${listed.map(portOperation).join('')}</wsdl:portType>` +
  '<wsdl:binding name="ExchangeServiceBinding" type="tns:ExchangeServicePortType">' +
  '<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>' +
  `${listed.map(boundOperation).join('')}</wsdl:binding>` +
  '<wsdl:service name="ExchangeServices">' +
  '<wsdl:port name="ExchangeServicePort" binding="tns:ExchangeServiceBinding">' +
  `<soap:address location="${endpoint}"/></wsdl:port></wsdl:service></wsdl:definitions>`

const wsdlMessages = ([name, request]: Listed) =>
  `<wsdl:message name="${name}SoapIn"><wsdl:part name="request" element="tns:${request}"/></wsdl:message>` +
  `<wsdl:message name="${name}SoapOut"><wsdl:part name="${name}Result" element="tns:${name}Response"/></wsdl:message>`

const portOperation = ([name]: Listed) =>
  `<wsdl:operation name="${name}"><wsdl:input message="tns:${name}SoapIn"/>` +
  `<wsdl:output message="tns:${name}SoapOut"/></wsdl:operation>`

const boundOperation = ([name]: Listed) =>
  `<wsdl:operation name="${name}"><soap:operation soapAction="${MESSAGES_NS}/${name}"/>` +
  '<wsdl:input><soap:body use="literal" parts="request"/></wsdl:input>' +
  `<wsdl:output><soap:body use="literal" parts="${name}Result"/></wsdl:output></wsdl:operation>`
