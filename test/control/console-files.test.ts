import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { ask } from '../kit/browser.ts'
import { startControlTestServer } from '../kit/control-test-server.ts'

const PAGE = '<!doctype html><title>Console</title>'
const SCRIPT = 'console.log("hello")\n'.repeat(200)

async function startConsole(t: Test) {
  const folder = join(t.testdirName, 'console')
  const control = await startControlTestServer(t, { consoleFolder: folder })
  mkdirSync(join(folder, 'assets'), { recursive: true })
  for (const [name, content] of [
    ['../secret.txt', 'secret'],
    ['.hidden', 'secret'],
    ['index.html', PAGE],
    ['favicon.svg', '<svg/>'],
    ['assets/index-abc.js', SCRIPT],
    ['assets/index-abc.js.br', brotliCompressSync(SCRIPT)],
    ['assets/index-abc.js.gz', gzipSync(SCRIPT)],
    ['assets/font.woff2', 'x'.repeat(2_000)],
  ] as const)
    writeFileSync(join(folder, name), content)
  return (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    ask(control, { path, headers, method })
}

t.test('the console’s files are served, guarded and cached', async t => {
  const get = await startConsole(t)
  const page = await get('/console/')
  t.equal(page.bytes.toString(), PAGE)
  t.match(page, {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    },
  })
  t.match(await get('/console'), { status: 308, headers: { location: '/console/' } })
  t.match(await get('/console/favicon.svg'), { headers: { 'content-type': 'image/svg+xml' } })
  for (const deep of ['/console/roles/a-b', '/console/roles/a%2Fb?tab=rules', '/console/x.y'])
    t.equal((await get(deep)).bytes.toString(), PAGE, `${deep} is the page's own affair`)

  const script = await get('/console/assets/index-abc.js')
  t.equal(script.headers['cache-control'], 'public, max-age=31536000, immutable')
  t.equal(script.headers['content-type'], 'text/javascript; charset=utf-8')
  t.equal((await get('/console/assets/gone.js')).status, 404, 'no script is ever a page')
  t.equal((await get('/console/assets/index-abc.js', {}, 'POST')).status, 405)
  const head = await get('/console/assets/index-abc.js', {}, 'HEAD')
  t.match(
    [head.status, head.bytes.length, head.headers['content-length']],
    [200, 0, String(SCRIPT.length)],
  )
})

t.test('compressible files are sent compressed', async t => {
  const get = await startConsole(t)
  const script = '/console/assets/index-abc.js'
  for (const [accept, encoding, open] of [
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['gzip;q=1.0, br;q=0', 'gzip', gunzipSync],
    ['deflate', undefined, (bytes: Buffer) => bytes],
    ['br;q=0.0', undefined, (bytes: Buffer) => bytes],
  ] as const)
    for (const _ of [1, 2]) {
      const { headers, bytes } = await get(script, { 'accept-encoding': accept })
      t.equal(headers['content-encoding'], encoding, accept)
      t.equal(headers['vary'], 'Accept-Encoding')
      t.equal(open(bytes).toString(), SCRIPT)
      if (encoding) t.ok(bytes.length < SCRIPT.length / 4)
    }
  const font = await get('/console/assets/font.woff2', { 'accept-encoding': 'br' })
  t.equal(font.headers['content-encoding'], undefined)
})

t.test('no path leaves the folder', async t => {
  const get = await startConsole(t)
  for (const path of [
    '/console/../secret.txt',
    '/console/assets/../../secret.txt',
    '/console/..%2fsecret.txt',
    '/console/%2e%2e/secret.txt',
    '/console/%2e%2e%2fsecret.txt',
    '/console/..\\secret.txt',
    '/console//etc/passwd',
    '/console/assets//../../secret.txt',
    '/console/.hidden',
    '/console/assets/.%2e/.%2e/secret.txt',
    '/console/assets%00.js',
  ]) {
    const { bytes, status } = await get(path)
    t.notMatch(bytes.toString(), /secret|root:/, path)
    t.ok(status === 404 || bytes.toString() === PAGE, path)
  }
  t.equal((await get('/console/../secret.txt', { host: 'evil.example' })).status, 403)
  t.match(await get('/consolex/'), { status: 404, body: { __type: 'UnknownOperationException' } })
})

t.test('a console that was not built shows how to build it', async t => {
  const control = await startControlTestServer(t)
  const { status, bytes } = await ask(control, { path: '/console/' })
  t.equal(status, 503)
  t.match(bytes.toString(), /npm run build/)
})
