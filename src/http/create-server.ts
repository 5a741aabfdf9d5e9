/**
 * node:http as it is for `require()`.
 *
 * An import of it reads all that it has, its WebSocket among that, and so loads Node's own fetch: 2 MB
 * that nothing here uses. Types may be imported.
 *
 * @module
 */

export const { createServer } = process.getBuiltinModule('node:http')
