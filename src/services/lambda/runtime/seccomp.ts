/**
 * The filter for system calls of functions in a sandbox: refused is what reaches into other
 * processes, among them the one that serves the function there; what Linux keeps per user, not per
 * namespace (keyrings); and large parts of the kernel that functions have no use for. A program of
 * classic BPF as seccomp(2) takes it. Containers are refused the same calls by default.
 */

const LOAD_WORD = 0x20
const JUMP_IF_EQUAL = 0x15
const JUMP_IF_AT_LEAST = 0x35
const RETURN = 0x06
const ALLOW = 0x7fff0000
/** With EPERM. */
const REFUSE = 0x00050001
/** Offsets in `struct seccomp_data`. */
const CALL_AT = 0
const ARCHITECTURE_AT = 4
/** x86-64 has a second set of numbers for the same calls. */
const X32_CALLS = 0x40000000
const INSTRUCTION_BYTES = 8

interface Architecture {
  /** AUDIT_ARCH_… of linux/audit.h. */
  audit: number
  calls: Readonly<Record<string, number>>
}

/** By Node.js's names; numbers as in the kernel's tables. */
const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  x64: {
    audit: 0xc000003e,
    calls: {
      ptrace: 101,
      add_key: 248,
      request_key: 249,
      keyctl: 250,
      perf_event_open: 298,
      process_vm_readv: 310,
      process_vm_writev: 311,
      bpf: 321,
      userfaultfd: 323,
    },
  },
  arm64: {
    audit: 0xc00000b7,
    calls: {
      ptrace: 117,
      add_key: 217,
      request_key: 218,
      keyctl: 219,
      perf_event_open: 241,
      process_vm_readv: 270,
      process_vm_writev: 271,
      bpf: 280,
      userfaultfd: 282,
    },
  },
}
/** Calls of these days have one number everywhere. */
const RECENT_CALLS = {
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  pidfd_getfd: 438,
}

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number]

/** Empty for a machine whose numbers are not known here. */
export function callFilter(arch: string = process.arch): Buffer {
  const known = ARCHITECTURES[arch]
  if (!known) return Buffer.alloc(0)
  const refused = Object.values({ ...known.calls, ...RECENT_CALLS })
  // Jumps count instructions to leave out: to the last one, which refuses.
  const tests = refused.map(
    (call, index): Instruction => [JUMP_IF_EQUAL, refused.length - index, 0, call],
  )
  return assembled([
    [LOAD_WORD, 0, 0, ARCHITECTURE_AT],
    [JUMP_IF_EQUAL, 0, refused.length + 3, known.audit],
    [LOAD_WORD, 0, 0, CALL_AT],
    [JUMP_IF_AT_LEAST, refused.length + 1, 0, X32_CALLS],
    ...tests,
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, REFUSE],
  ])
}

function assembled(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES)
  program.forEach(([code, ifTrue, ifFalse, value], index) => {
    const at = index * INSTRUCTION_BYTES
    // In the machine's order: both architectures are little-endian.
    bytes.writeUInt16LE(code, at)
    bytes.writeUInt8(ifTrue, at + 2)
    bytes.writeUInt8(ifFalse, at + 3)
    bytes.writeUInt32LE(value, at + 4)
  })
  return bytes
}
