/**
 * Which members of its input a function reads, found in the source: the input is followed from the
 * parameter through destructuring, property accesses, spreads and calls of functions of the same
 * service. What is passed on whole (into a digest, a row, another service) is not followed.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { parse } from 'acorn'

/** A node of the syntax tree; its members depend on its type. */
// biome-ignore lint/suspicious/noExplicitAny: acorn has no type that tells nodes apart by use
type Node = any

/** Where a value comes from: a path into the input (`Placement.Tenancy`, `Filters[].Name`). */
interface Origin {
  readonly path?: string
  /** Of an object that was put together. */
  readonly parts?: ReadonlyMap<string, Origin>
}

interface FunctionAt {
  readonly node: Node
  readonly module: Module
  /** Functions that its names stand for: parameters of the function that made it. */
  readonly bound?: ReadonlyMap<string, FunctionAt>
}

const SAME_LIST = /^(filter|slice|sort|toSorted|reverse|toReversed|concat|flat)$/
const EACH = /^(map|flatMap|filter|forEach|some|every|find|findIndex|reduce|toSorted|sort)$/
const FUNCTION = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/

export class Module {
  readonly tree: Node
  readonly names = new Set<string>()
  readonly #path: string
  readonly #functions = new Map<string, Node>()
  readonly #values = new Map<string, Node>()
  readonly #imports = new Map<string, { file: string; name: string }>()
  readonly #modules: Modules

  constructor(path: string, modules: Modules) {
    this.#path = path
    this.#modules = modules
    const script = stripTypeScriptTypes(readFileSync(path, 'utf8'))
    this.tree = parse(script, { ecmaVersion: 'latest', sourceType: 'module' })
    for (const statement of this.tree.body) this.#declare(statement)
    visit(this.tree, (node) => this.#note(node))
  }

  /** Functions inside of functions, and every name that a computed access may mean. */
  #note(node: Node): void {
    if (node.type === 'FunctionDeclaration' && !this.#functions.has(node.id.name)) {
      this.#functions.set(node.id.name, node)
    }
    if (node.type === 'Literal' && typeof node.value === 'string') this.names.add(node.value)
    if (node.type === 'Property' && node.key.type === 'Identifier') this.names.add(node.key.name)
  }

  #declare(statement: Node): void {
    const declaration = statement.declaration ?? statement
    if (declaration.type === 'FunctionDeclaration') {
      this.#functions.set(declaration.id.name, declaration)
    }
    for (const { id, init } of declaration.declarations ?? []) {
      if (id.type !== 'Identifier' || !init) continue
      if (FUNCTION.test(init.type)) this.#functions.set(id.name, init)
      else this.#values.set(id.name, init)
    }
    if (!statement.source || !String(statement.source.value).startsWith('.')) return
    const file = join(dirname(this.#path), statement.source.value)
    for (const { local, imported, exported } of statement.specifiers ?? []) {
      const name = (imported ?? local).name
      this.#imports.set((exported ?? local).name, { file, name })
    }
  }

  /** What a name stands for that is no function by itself: `const f = waiting(…)`. */
  value(name: string): FunctionAt | undefined {
    const node = this.#values.get(name)
    if (node) return { node, module: this }
    const imported = this.#imports.get(name)
    return imported && this.#modules.at(imported.file)?.value(imported.name)
  }

  /** A function of a file that is imported whole: `roles.createRole`. */
  functionOf(namespace: string, name: string): FunctionAt | undefined {
    const imported = this.#imports.get(namespace)
    return imported && this.#modules.at(imported.file)?.function(name)
  }

  /** The function of a name, also when it is imported. */
  function(name: string): FunctionAt | undefined {
    const node = this.#functions.get(name)
    if (node) return { node, module: this }
    const imported = this.#imports.get(name)
    return imported && this.#modules.at(imported.file)?.function(imported.name)
  }
}

/** Shows every node of a tree. */
export function visit(node: Node, look: (node: Node) => void): void {
  if (!node || typeof node !== 'object') return
  if (typeof node.type === 'string') look(node)
  for (const child of Object.values(node)) visit(child, look)
}

/** The files of one service, each parsed when it is first needed. */
export class Modules {
  readonly #folder: string
  readonly #known = new Map<string, Module>()

  constructor(folder: string) {
    this.#folder = folder
  }

  at(file: string): Module | undefined {
    const known = this.#known.get(file)
    if (known) return known
    if (!file.startsWith(this.#folder) || !existsSync(file)) return undefined
    const made = new Module(file, this)
    this.#known.set(file, made)
    return made
  }

  all(): Module[] {
    const files = globSync('**/*.ts', { cwd: this.#folder }).sort()
    const sources = files.filter((name) => !/\.test\.ts$|testing\//.test(name))
    return sources.flatMap((name) => this.at(join(this.#folder, name)) ?? [])
  }
}

/** What is known of an input: paths that are read by name, and those that are kept whole. */
export interface Reads {
  readonly named: Set<string>
  readonly whole: Set<string>
}

/** The paths that a handler reads of its input: any expression that makes a function. */
export function readsOf(handler: Node, module: Module): Reads {
  const reads: Reads = { named: new Set(), whole: new Set() }
  const seen = new Set<string>()
  for (const found of functionsIn(handler, module)) {
    new Reader(found, reads, seen).call([{ path: '' }])
  }
  return reads
}

/** `f`, `(input, ctx) => f(input)`, `waiting(f)`, and functions that a function returns. */
function functionsIn(expression: Node, module: Module): FunctionAt[] {
  if (FUNCTION.test(expression.type)) return [{ node: expression, module }]
  const named = resolved(expression, module)
  if (named) return [named]
  const value = expression.type === 'Identifier' ? module.value(expression.name) : undefined
  if (value) return functionsIn(value.node, value.module)
  if (expression.type !== 'CallExpression') return []
  const maker = resolved(expression.callee, module)
  const args: Node[] = expression.arguments
  if (!maker) return args.flatMap((each) => functionsIn(each, module))
  const given = maker.node.params.map((parameter: Node, index: number) => {
    const [found] = args[index] ? functionsIn(args[index], module) : []
    return [parameter.name, found] as const
  })
  const bound = new Map<string, FunctionAt>(given.filter(([, found]: unknown[]) => found))
  return returned(maker.node)
    .filter((value) => FUNCTION.test(value.type))
    .map((node) => ({ node, module: maker.module, bound }))
}

function resolved(expression: Node, module: Module): FunctionAt | undefined {
  if (expression.type === 'Identifier') return module.function(expression.name)
  const isMember = expression.type === 'MemberExpression' && !expression.computed
  if (!isMember || expression.object.type !== 'Identifier') return undefined
  return module.functionOf(expression.object.name, expression.property.name)
}

function returned(node: Node): Node[] {
  if (node.body.type !== 'BlockStatement') return [node.body]
  return node.body.body.flatMap((each: Node) =>
    each.type === 'ReturnStatement' && each.argument ? [each.argument] : [],
  )
}

/** Follows the input through one function, and into those that it calls. */
class Reader {
  readonly #at: FunctionAt
  readonly #reads: Reads
  readonly #seen: Set<string>
  readonly #names = new Map<string, Origin>()

  constructor(at: FunctionAt, reads: Reads, seen: Set<string>) {
    this.#at = at
    this.#reads = reads
    this.#seen = seen
  }

  call(args: readonly (Origin | undefined)[]): void {
    const { node } = this.#at
    for (const [index, parameter] of node.params.entries()) this.#bind(parameter, args[index])
    this.#visit(node.body)
  }

  #bind(pattern: Node, origin: Origin | undefined): void {
    if (!pattern || !origin) return
    switch (pattern.type) {
      case 'Identifier':
        this.#names.set(pattern.name, origin)
        return
      case 'AssignmentPattern':
        this.#bind(pattern.left, origin)
        return
      case 'RestElement':
        this.#bind(pattern.argument, origin)
        return
      case 'ArrayPattern':
        for (const element of pattern.elements) this.#bind(element, this.#item(origin))
        return
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'RestElement') this.#bind(property, origin)
          else this.#bind(property.value, this.#member(origin, nameOf(property)))
        }
    }
  }

  #item({ path }: Origin): Origin | undefined {
    return path === undefined ? undefined : { path: `${path}[]` }
  }

  #member({ path, parts }: Origin, name: string | undefined): Origin | undefined {
    const part = name === undefined ? undefined : parts?.get(name)
    if (part) return part
    if (path === undefined || name === undefined) return undefined
    const read = path === '' ? name : `${path}.${name}`
    this.#reads.named.add(read)
    return { path: read }
  }

  /** `input[name]`: any member that the file names. */
  #anyMember(whole: Origin): undefined {
    for (const name of this.#at.module.names) this.#member(whole, name)
  }

  #visit(node: Node): void {
    if (!node || typeof node.type !== 'string') return
    if (node.type === 'VariableDeclarator') this.#bind(node.id, this.#origin(node.init))
    else if (node.type === 'ForOfStatement') {
      const list = this.#origin(node.right)
      const [declaration] = node.left.declarations ?? []
      if (list && declaration) this.#bind(declaration.id, this.#item(list))
    } else if (/^(Call|Member|Array)Expression$/.test(node.type)) {
      this.#origin(node)
    }
    for (const child of Object.values(node)) {
      if (Array.isArray(child)) for (const each of child) this.#visit(each)
      else if (typeof child === 'object') this.#visit(child)
    }
  }

  #origin(node: Node): Origin | undefined {
    switch (node?.type) {
      case 'Identifier':
        return this.#names.get(node.name)
      case 'ChainExpression':
        return this.#origin(node.expression)
      case 'AwaitExpression':
        return this.#origin(node.argument)
      case 'LogicalExpression':
        return this.#origin(node.left) ?? this.#origin(node.right)
      case 'ConditionalExpression':
        return this.#origin(node.consequent) ?? this.#origin(node.alternate)
      case 'MemberExpression': {
        const whole = this.#origin(node.object)
        if (!whole) return undefined
        if (!node.computed) return this.#member(whole, node.property.name)
        return whole.path === '' ? this.#anyMember(whole) : this.#item(whole)
      }
      case 'ObjectExpression':
        return this.#made(node)
      case 'ArrayExpression':
        for (const each of node.elements) this.#keep(this.#origin(each?.argument ?? each))
        return undefined
      case 'CallExpression':
        return this.#called(node)
      default:
        return undefined
    }
  }

  #made({ properties }: Node): Origin {
    const parts = new Map<string, Origin>()
    let path: string | undefined
    for (const property of properties) {
      const origin = this.#origin(
        property.type === 'SpreadElement' ? property.argument : property.value,
      )
      if (!origin) continue
      const name = property.type === 'Property' ? nameOf(property) : undefined
      if (name === undefined) path ??= origin.path
      else {
        parts.set(name, origin)
        this.#keep(origin)
      }
    }
    return { path, parts }
  }

  /** What a function makes of the input is taken for the input, completed or checked. */
  #called({ callee, arguments: list }: Node): Origin | undefined {
    const args = list.map((each: Node) => this.#origin(each))
    if (callee.type === 'MemberExpression' && !resolved(callee, this.#at.module)) {
      for (const each of args) this.#keep(each)
      return this.#method(callee, list)
    }
    if (!args.some((each: Origin | undefined) => each)) return undefined
    const found = this.#function(callee)
    if (!found) {
      for (const each of args) this.#keep(each)
      return undefined
    }
    const key = `${found.node.start} ${callee.name} ${JSON.stringify(args.map(keyOf))}`
    if (!this.#seen.has(key)) {
      this.#seen.add(key)
      new Reader(found, this.#reads, this.#seen).call(args)
    }
    return args.find((each: Origin | undefined) => each?.path !== undefined)
  }

  #function(expression: Node): FunctionAt | undefined {
    const bound = expression.type === 'Identifier' && this.#at.bound?.get(expression.name)
    return bound || resolved(expression, this.#at.module)
  }

  /** It goes where it is not followed, with all that it has. The input itself says nothing. */
  #keep(origin: Origin | undefined): void {
    if (origin?.path) this.#reads.whole.add(origin.path)
  }

  #method({ object, property }: Node, [callback]: Node[]): Origin | undefined {
    const list = this.#origin(object)
    if (!list || !EACH.test(property.name)) {
      return list && SAME_LIST.test(property.name) ? list : undefined
    }
    const item = this.#item(list)
    if (FUNCTION.test(callback?.type)) this.#bind(callback.params[0], item)
    else if (callback?.type === 'Identifier' && item) {
      const found = this.#function(callback)
      if (found) new Reader(found, this.#reads, this.#seen).call([item])
      else this.#keep(item)
    }
    return SAME_LIST.test(property.name) ? list : undefined
  }
}

function nameOf({ key, computed }: Node): string | undefined {
  return computed ? undefined : (key.name ?? String(key.value))
}

function keyOf(origin: Origin | undefined): unknown {
  return (
    origin && [origin.path, [...(origin.parts ?? [])].map(([name, part]) => [name, keyOf(part)])]
  )
}
