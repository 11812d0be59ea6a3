/** `application/x-www-form-urlencoded` parameters as the tree that their dotted names draw. */
import { AwsError } from '../errors.ts'
import type { WireRequest } from './protocol.ts'

export interface FormNode {
  value?: string
  children?: Map<string, FormNode>
}

/** Deeper than any shape; a name with more parts is hostile. */
const MAX_NAME_PARTS = 64
const MAX_PARAMETERS = 100_000

function malformed(detail: string): AwsError {
  return new AwsError('MalformedQueryString', `The query string contains a syntax error${detail}`)
}

function unescaped(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformed(': a percent-encoding is invalid')
  }
}

function put(root: FormNode, name: string, value: string): void {
  const parts = name.split('.', MAX_NAME_PARTS + 1)
  if (parts.length > MAX_NAME_PARTS) throw malformed(': a parameter name has too many parts')
  let node = root
  for (const part of parts) {
    node.children ??= new Map()
    let child = node.children.get(part)
    if (!child) {
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

function parse(text: string, root: FormNode): void {
  if (text === '') return
  const pairs = text.split('&', MAX_PARAMETERS + 1)
  if (pairs.length > MAX_PARAMETERS) throw malformed(': there are too many parameters')
  for (const pair of pairs) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = equals < 0 ? pair : pair.slice(0, equals)
    put(root, unescaped(name), equals < 0 ? '' : unescaped(pair.slice(equals + 1)))
  }
}

const parsed = new WeakMap<WireRequest, FormNode>()

/** The parameters of a query request, from its query string and its body together. */
export function formOf(request: WireRequest): FormNode {
  const known = parsed.get(request)
  if (known) return known
  const root: FormNode = {}
  parse(request.query, root)
  parse(request.body.toString('utf8'), root)
  parsed.set(request, root)
  return root
}

/** A top-level parameter's text. */
export function parameter(request: WireRequest, name: string): string | undefined {
  return formOf(request).children?.get(name)?.value
}
