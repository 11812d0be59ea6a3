/** How interpreters are asked what they are. */
import type { Probe as Output } from './supervisor.ts'

export interface Candidate {
  command: string
  version: string
  /** The folder of the SDK that this interpreter has; empty without. */
  sdkDir: string
}

export interface Probe {
  args: readonly string[]
  /** Undefined for what is no such interpreter. */
  read(output: Output): Candidate | undefined
}

/** Prints version, real path and the folder of boto3 (empty without), one a line. */
const PYTHON_SCRIPT = `
import importlib.util, os, sys
spec = importlib.util.find_spec('boto3')
print(sys.version.split()[0])
print(sys.executable)
print(os.path.dirname(os.path.dirname(spec.origin)) if spec and spec.origin else '')
`
const NODE_SCRIPT = 'console.log(process.versions.node+"\\n"+process.execPath+"\\n")'
const RUBY_SCRIPT = 'puts RUBY_VERSION, RbConfig.ruby, ""'

export const NODE_PROBE: Probe = { args: ['-e', NODE_SCRIPT], read: readLines }
export const PYTHON_PROBE: Probe = { args: ['-c', PYTHON_SCRIPT], read: readLines }
export const RUBY_PROBE: Probe = { args: ['-e', RUBY_SCRIPT], read: readLines }
export const JAVA_PROBE: Probe = {
  args: ['-XshowSettings:properties', '-version'],
  read({ stderr }) {
    const home = /^\s*java\.home = (.+)$/m.exec(stderr)?.[1]
    const version = /^\s*java\.specification\.version = (.+)$/m.exec(stderr)?.[1]
    if (!home || !version) return undefined
    return { command: `${home}/bin/java`, version: version.replace(/^1\./, ''), sdkDir: '' }
  },
}

function readLines({ stdout }: Output): Candidate | undefined {
  const [version, executable, sdkDir = ''] = stdout.split('\n')
  return version && executable ? { command: executable, version, sdkDir } : undefined
}
