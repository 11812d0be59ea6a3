import { connect, type Server } from 'node:net'
import { MAX_CONNECTIONS } from './api.ts'

/** Connects each that comes to the server with `target`, byte for byte. */
export function forward(server: Server, target: URL): Server {
  const host = target.hostname.replace(/^\[|\]$/g, '')
  const port = Number(target.port || '80')
  server.maxConnections = MAX_CONNECTIONS
  server.on('connection', (inner) => {
    const outer = connect(port, host)
    inner.on('error', () => outer.destroy())
    outer.on('error', () => inner.destroy())
    inner.on('close', () => outer.destroy())
    outer.on('close', () => inner.destroy())
    inner.pipe(outer).pipe(inner)
  })
  return server
}
