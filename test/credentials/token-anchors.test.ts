import t from 'tap'
import { SigningKeys } from '../../src/credentials/signing-keys.ts'
import { StoredTokenAnchors } from '../../src/credentials/token-anchors.ts'
import { epochMark } from '../../src/credentials/token-text.ts'
import { openFixture, T } from './fixture.ts'

t.test('StoredTokenAnchors returns cached anchors, and loads others', async t => {
  const { store, masterKey } = await openFixture()
  t.teardown(() => store.close())
  const ports = { store, masterKey, maxAgeMs: 300_000, now: () => T }
  const { id } = await new SigningKeys(ports).signer()
  const watch = { currentEpoch: undefined as string | undefined, epoch: () => store.epoch() }
  const anchors = new StoredTokenAnchors(new SigningKeys(ports), watch)

  t.equal(anchors.epoch(), undefined)
  const mark = epochMark(await store.epoch())
  t.equal(await anchors.loadEpoch(), mark)
  watch.currentEpoch = await store.epoch()
  t.equal(anchors.epoch(), mark)

  t.equal(anchors.isSigningKey(id), undefined)
  t.equal(await anchors.loadSigningKey(id), true)
  t.equal(anchors.isSigningKey(id), true)
  t.equal(await anchors.loadSigningKey('unknown1'), false)
  t.equal(anchors.isSigningKey('unknown1'), false)
})
