/**
 * Paths of the data listener, as records name them.
 */

import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { routeOf } from '../../src/gateway/route.ts'

const ADDRESS = '/autodiscover/autodiscover.json/v1.0/ann@example.com'

t.test('routeOf() returns known paths without what the client chose', async t => {
  for (const [method, url, route] of [
    ['POST', '/EWS/Exchange.asmx', '/ews/exchange.asmx'],
    ['GET', '/EWS/Exchange.asmx', '/ews/exchange.asmx'],
    ['POST', '/OAuth2/Token', '/oauth2/token'],
    ['GET', '/EWS/Services.wsdl', '/ews/services.wsdl'],
    ['GET', '/ews/messages.xsd', '/ews/messages.xsd'],
    ['POST', '/Autodiscover/Autodiscover.xml', '/autodiscover/autodiscover.xml'],
    ['POST', '/autodiscover/autodiscover.svc', '/autodiscover/autodiscover.svc'],
    ['GET', '/autodiscover/autodiscover.xml', undefined],
    ['GET', '/autodiscover/autodiscover.svc', undefined],
    ['GET', ADDRESS, '/autodiscover/autodiscover.json'],
    ['GET', `${ADDRESS}?Protocol=EWS`, '/autodiscover/autodiscover.json'],
    ['POST', ADDRESS, undefined],
    ['POST', '/EWS/Exchange.asmx?x', undefined],
    ['POST', '/ews/ann@example.com', undefined],
    ['GET', '/', undefined],
  ] as const)
    t.equal(routeOf({ method, url } as IncomingMessage), route, `${method} ${url}`)
  t.equal(routeOf({} as IncomingMessage), undefined)
})
