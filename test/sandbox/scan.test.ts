import fc from 'fast-check'
import t from 'tap'
import { OperationWatch } from '../../sandbox/scan.ts'

const PARTS = [
  '<?xml version="1.0"?>',
  '<!-- <Body><x></x> -->',
  '<s:Envelope a="</Body>">',
  '<s:Header><h><Body/></h></s:Header>',
  "<s:Body x='>'>",
  'text',
  '<m:CreateItem>',
  '<![CDATA[</m:CreateItem>]]>',
  '<a><b/></a>',
  '<!--</m:CreateItem>-->',
  '</m:CreateItem>',
  '</s:Body></s:Envelope>',
]
const DOCUMENT = PARTS.join('')
const END = PARTS.slice(0, -1).join('').length

const cutAnywhere = fc.property(fc.array(fc.nat(DOCUMENT.length), { maxLength: 12 }), cuts => {
  const watch = new OperationWatch()
  const places = [...new Set([0, ...cuts, DOCUMENT.length])].sort((a, b) => a - b)
  return places.slice(1).every((place, index) => {
    const ended = watch.push(Buffer.from(DOCUMENT.slice(places[index], place)))
    return ended === place >= END
  })
})

t.doesNotThrow(
  () => fc.assert(cutAnywhere, { numRuns: 500 }),
  'OperationWatch sees the end tag at its last byte, wherever the bytes are cut',
)

t.test('OperationWatch finds an empty operation', async t => {
  const watch = new OperationWatch()
  t.equal(watch.push(Buffer.from('<Envelope><Body><x:GetRoomLists')), false)
  t.equal(watch.push(Buffer.from('/>')), true)
  t.equal(watch.operation, 'GetRoomLists')
})

t.test('OperationWatch reads only the first Body', async t => {
  const watch = new OperationWatch()
  t.equal(watch.push(Buffer.from('<E><Header><Body><a/></Body></Header><Body/><Body><b/>')), false)
  t.equal(watch.operation, undefined)
})
