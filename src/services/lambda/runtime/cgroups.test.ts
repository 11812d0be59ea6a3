import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { ControlGroups } from './cgroups.ts'
import { memoryOf } from './memory.ts'

const dir = mkdtempSync(path.join(tmpdir(), 'windtunnel-test-'))
after(() => rmSync(dir, { recursive: true, force: true }))

const LIMITS = { memoryMb: 200, tasks: 1024 }
let machines = 0

/** A machine as its /proc and /sys tell of it; the groups are folders with these files. */
function machine(self: string, mounts: readonly string[], groups: Record<string, object>) {
  const root = path.join(dir, `machine-${machines++}`)
  const write = (file: string, text: string) => {
    const whole = path.join(root, file)
    mkdirSync(path.dirname(whole), { recursive: true })
    writeFileSync(whole, text)
  }
  write('proc/self/cgroup', self)
  const lines = mounts.map((mount) => mount.replaceAll('@', path.join(root, 'sys')))
  write('proc/self/mountinfo', `1 1 0:1 / / rw - ext4 /dev/sda rw\n${lines.join('\n')}\n`)
  for (const [folder, files] of Object.entries(groups)) {
    for (const [name, text] of Object.entries({ 'cgroup.procs': '', ...files })) {
      write(path.join('sys', folder, name), String(text))
    }
  }
  return { proc: path.join(root, 'proc'), sys: path.join(root, 'sys') }
}

describe('Control groups', () => {
  it('of version 2 stand in the nearest folder that passes controllers on', () => {
    const { proc, sys } = machine(
      '0::/user/app/terminal\n',
      ['2 1 0:2 / @ rw - cgroup2 cgroup2 rw'],
      {
        '': { 'cgroup.subtree_control': 'cpu memory pids' },
        user: { 'cgroup.subtree_control': 'memory pids' },
        'user/app': { 'cgroup.subtree_control': 'memory pids' },
        'user/app/terminal': { 'cgroup.subtree_control': '' },
      },
    )
    const groups = new ControlGroups('mine', proc)
    assert.equal(groups.lacking, undefined)
    const own = path.join(sys, `user/app/windtunnel-${process.pid}-mine`)
    const passed = readFileSync(path.join(own, 'cgroup.subtree_control'), 'utf8')
    assert.equal(passed, '+memory +pids')
    const folder = path.join(own, 'environment-1')
    assert.deepEqual(groups.group('environment-1', LIMITS)?.folders, [
      { path: folder, files: { 'memory.max': '209715200', 'pids.max': '1024' } },
    ])
  })

  it('of version 1 stand in the own folder of each hierarchy', () => {
    const { proc, sys } = machine(
      '5:pids:/\n4:cpu,cpuacct:/x\n3:memory:/box/one\n0::/\n',
      [
        '2 1 0:2 / @/pids rw - cgroup cgroup rw,pids',
        '3 1 0:3 /box @/memory rw - cgroup cgroup rw,memory',
        '4 1 0:4 / @/unified rw - cgroup2 cgroup2 rw',
      ],
      { pids: {}, 'memory/one': {}, unified: { 'cgroup.subtree_control': '' } },
    )
    const group = new ControlGroups('mine', proc).group('e', LIMITS)
    const own = `windtunnel-${process.pid}-mine/e`
    assert.deepEqual(group?.folders, [
      { path: path.join(sys, 'pids', own), files: { 'pids.max': '1024' } },
      {
        path: path.join(sys, 'memory/one', own),
        files: { 'memory.limit_in_bytes': '209715200' },
      },
    ])
    assert.equal(group?.memory?.version, 1)
  })

  it('say what is lacking', () => {
    const mounts = ['2 1 0:2 / @ rw - cgroup2 cgroup2 rw']
    const none = machine('0::/a\n', mounts, { '': {}, a: {} })
    const unmounted = new ControlGroups('mine', none.proc)
    assert.match(unmounted.lacking ?? '', /control groups/)
    assert.equal(unmounted.group('e', LIMITS), undefined)
    const closed = machine('0::/a\n', mounts, { a: { 'cgroup.subtree_control': 'memory' } })
    rmSync(path.join(closed.sys, 'a/cgroup.procs'))
    assert.match(new ControlGroups('mine', closed.proc).lacking ?? '', /ENOENT.*cgroup.procs/)
  })

  it('of servers that were killed are removed', () => {
    const mounts = ['2 1 0:2 / @ rw - cgroup2 cgroup2 rw']
    const { proc, sys } = machine('0::/\n', mounts, {
      '': { 'cgroup.subtree_control': 'memory' },
    })
    for (const name of ['windtunnel-11-a/e', 'windtunnel-12-a/e', 'windtunnel-x', 'other']) {
      mkdirSync(path.join(sys, name), { recursive: true })
    }
    mkdirSync(path.join(proc, '12'))
    new ControlGroups('mine', proc)
    const left = readdirSync(sys, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const mine = `windtunnel-${process.pid}-mine`
    const names = new Set(left.map(({ name }) => name))
    assert.deepEqual(names, new Set(['other', 'windtunnel-12-a', 'windtunnel-x', mine]))
  })

  it('of this machine end what holds too much, and count it', (t) => {
    const groups = new ControlGroups(`test-${path.basename(dir)}`)
    const group = groups.group('e', { memoryMb: 100, tasks: 64 })
    if (!group?.memory) return t.skip(groups.lacking)
    for (const { path: folder, files } of group.folders) {
      mkdirSync(folder)
      for (const [name, value] of Object.entries(files)) {
        writeFileSync(path.join(folder, name), value)
      }
    }
    const counted = memoryOf(process.pid, group.memory)
    const enter = 'echo $$ >"$0/cgroup.procs"; exec "$@"'
    const hold = 'Buffer.alloc(300 << 20, 1)'
    const args = ['-c', enter, group.memory.folder, process.execPath, '-e', hold]
    const { signal } = spawnSync('/bin/sh', args)
    const { exhausted } = counted
    counted.close()
    for (const { path: folder } of group.folders) {
      rmdirSync(folder)
      rmdirSync(path.dirname(folder))
    }
    assert.equal(signal, 'SIGKILL')
    assert.equal(exhausted, true)
  })
})

describe('The memory of a group', () => {
  it('is what its processes hold beyond the sandbox, by either version', () => {
    const folder = path.join(dir, 'counted')
    mkdirSync(folder)
    const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text)
    for (const version of [1, 2] as const) {
      const held = version === 2 ? 'anon' : 'total_rss'
      const kills = version === 2 ? 'memory.events' : 'memory.oom_control'
      write('memory.stat', `rss 1\nanon_thp 3\n${held} ${60 << 20}\n`)
      write(kills, 'oom 3\noom_kill 2\n')
      const memory = memoryOf(process.pid, { folder, version })
      memory.read()
      assert.equal(memory.ownKb, 50 * 1024)
      assert.equal(memory.exhausted, false)
      write(kills, 'oom 4\noom_kill 3\n')
      assert.equal(memory.exhausted, true)
      memory.close()
    }
  })
})
