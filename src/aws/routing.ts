/** Finds the service that a request is for. */
import { targetOf } from './protocols/json.ts'
import type { WireRequest } from './protocols/protocol.ts'
import type { Service } from './service.ts'
import type { Signature } from './sigv4.ts'

/** The API versions that query requests carry, which tell services apart when nothing else does. */
const FORM_VERSION = /(?:^|&)Version=([\d-]+)/
const FORM_TYPE = 'application/x-www-form-urlencoded'
/** As far as a form is searched for its version. */
const SEARCHED_FORM_CHARACTERS = 4096

export interface Destination {
  /** Undefined when the request names a service that we have not. */
  service: Service | undefined
  /** As the request names it. */
  name: string | undefined
  region: string | undefined
}

/** By the signature's scope first; then host name, `X-Amz-Target`, API version and path. */
export function route(
  request: WireRequest,
  signature: Signature | undefined,
  services: ReadonlyMap<string, Service>,
): Destination {
  const host = fromHost(request.headers.host, services)
  const region = signature?.region ?? host?.region
  if (signature) {
    return { service: services.get(signature.service), name: signature.service, region }
  }
  const service =
    host?.service ??
    fromTarget(request, services) ??
    fromForm(request, services) ??
    fromPath(request, services)
  return { service, name: service?.name, region }
}

/** `ec2.us-east-1.amazonaws.com`, `events.localhost`. */
function fromHost(host: string | undefined, services: ReadonlyMap<string, Service>) {
  const [name = '', region] = (host ?? '').replace(/:\d+$/, '').split('.')
  const service = services.get(name)
  if (!service) return undefined
  return { service, region: region && /^[a-z]{2}(-[a-z]+)+-\d$/.test(region) ? region : undefined }
}

function fromTarget(request: WireRequest, services: ReadonlyMap<string, Service>) {
  const [prefix] = targetOf(request)
  if (!prefix) return undefined
  return [...services.values()].find(({ model }) => model.targetPrefix === prefix)
}

function fromForm({ headers, query, body }: WireRequest, services: ReadonlyMap<string, Service>) {
  const isForm = headers['content-type']?.startsWith(FORM_TYPE)
  const form = isForm ? body.toString('latin1', 0, SEARCHED_FORM_CHARACTERS) : query
  const version = FORM_VERSION.exec(form)?.[1]
  if (version === undefined) return undefined
  return [...services.values()].find(({ model }) => model.version === version)
}

function fromPath({ path }: WireRequest, services: ReadonlyMap<string, Service>) {
  if (/^\/\d{4}-\d\d-\d\d\//.test(path)) {
    return [...services.values()].find(({ model }) => model.protocol === 'restJson1')
  }
  // The path of a queue's URL, which older clients post to.
  return /^\/\d{12}\/[^/]+$/.test(path) ? services.get('sqs') : undefined
}
