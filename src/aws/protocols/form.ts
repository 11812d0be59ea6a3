/** `application/x-www-form-urlencoded` parameters as the tree that their dotted names draw. */
import { AwsError } from '../errors.ts'
import type { WireRequest } from './protocol.ts'

export interface FormNode {
  value?: string
  children?: Map<string, FormNode>
}

/** Deeper than any shape; a name with more parts is hostile. */
const MAX_NAME_PARTS = 32
/** Of all names together: what a request may make us hold. */
const MAX_NODES = 200_000

/** https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html has the status. */
function malformed(detail: string): AwsError {
  const text = `The query string contains a syntax error${detail}`
  return new AwsError('MalformedQueryString', text, { status: 404 })
}

function unescaped(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformed(': a percent-encoding is invalid')
  }
}

class Form {
  readonly root: FormNode = {}
  #nodes = 0

  parse(text: string): void {
    let start = 0
    while (start < text.length) {
      let end = text.indexOf('&', start)
      if (end < 0) end = text.length
      if (end > start) this.#pair(text.slice(start, end))
      start = end + 1
    }
  }

  #pair(pair: string): void {
    const equals = pair.indexOf('=')
    if (equals < 0) this.#put(unescaped(pair), '')
    else this.#put(unescaped(pair.slice(0, equals)), unescaped(pair.slice(equals + 1)))
  }

  #put(name: string, value: string): void {
    const parts = name.split('.', MAX_NAME_PARTS + 1)
    if (parts.length > MAX_NAME_PARTS) throw malformed(': a parameter name has too many parts')
    let node = this.root
    for (const part of parts) {
      node.children ??= new Map()
      let child = node.children.get(part)
      if (!child) {
        if (++this.#nodes > MAX_NODES) throw malformed(': there are too many parameters')
        child = {}
        node.children.set(part, child)
      }
      node = child
    }
    if (node.value !== undefined && node.value !== value) {
      throw malformed(`: the parameter ${name} is given more than once`)
    }
    node.value = value
  }
}

const parsed = new WeakMap<WireRequest, FormNode>()

/** The parameters of a query request, from its query string and its body together. */
export function formOf(request: WireRequest): FormNode {
  const known = parsed.get(request)
  if (known) return known
  const form = new Form()
  form.parse(request.query)
  form.parse(request.body.toString('utf8'))
  parsed.set(request, form.root)
  return form.root
}

/** A top-level parameter's text. */
export function parameter(request: WireRequest, name: string): string | undefined {
  return formOf(request).children?.get(name)?.value
}
