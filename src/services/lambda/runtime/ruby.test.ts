import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { TestBed } from './testing/bed.ts'
import type { FunctionImage } from './types.ts'

const bed = new TestBed()
after(() => bed.close())

const ruby = (source: string, rest: Partial<FunctionImage> = {}) =>
  bed.image({ 'app.rb': source }, { runtime: 'ruby3.4', handler: 'app.handler', ...rest })
const probe = await bed.run(ruby('def handler(event:, context:) = 1'))
const skip = probe.outcome === 'missing-runtime' && 'This machine has no Ruby.'

describe('Handlers of Ruby runtimes', { skip }, () => {
  it('answer, keep their state, and see the context', async () => {
    const image = ruby(`$n = 0
def handler(event:, context:)
  $n += 1
  [$n, event, context.function_name, context.aws_request_id, context.log_stream_name,
   context.client_context, context.get_remaining_time_in_millis.between?(9000, 10_000),
   ENV['_X_AMZN_TRACE_ID'][0, 6], ENV.keys.grep(/WINDTUNNEL/)]
end`)
    const ran = await bed.run(image, { a: 'ü' }, '{"custom":{}}')
    assert.deepEqual(JSON.parse(ran.payload), [
      1,
      { a: 'ü' },
      image.functionName,
      ran.requestId,
      ran.logStreamName,
      { custom: {} },
      true,
      'Root=1',
      [],
    ])
    assert.equal(JSON.parse((await bed.run(image)).payload)[0], 2)
  })

  it('use what AWS has loaded', async () => {
    const image = ruby(`def handler(event:, context:)
  [Net::HTTP, URI('http://a'), Timeout, StringIO].size + Time.parse('2026-01-01').year
end`)
    assert.equal((await bed.run(image)).payload, '2030')
  })

  it('may be methods of a class, in files beside others', async () => {
    const files = {
      'lib/greeting.rb': 'GREETING = "hello"',
      'app.rb': `require_relative 'lib/greeting'
module Functions
  class Handler
    def self.process(event:, context:) = { text: GREETING }
  end
end`,
    }
    const handler = 'app.Functions::Handler.process'
    const ran = await bed.run(bed.image(files, { runtime: 'ruby3.4', handler }))
    assert.equal(ran.payload, '{"text":"hello"}')
  })

  it('log events of puts and Logger', async () => {
    const image = ruby(`require 'logger'
LOG = Logger.new($stdout)
def handler(event:, context:)
  puts "one\\ntwo"
  LOG.warn('careful')
end`)
    const ran = await bed.run(image)
    assert.ok(ran.log.includes('one\ntwo\n'))
    assert.match(
      ran.log.join(''),
      new RegExp(`W, \\[.+ #\\d+\\]  WARN ${ran.requestId} -- : careful`),
    )
  })

  it('fail as on AWS', async () => {
    const image = ruby(`class Odd < StandardError; end
def handler(event:, context:)
  raise Odd, 'no' if event['own']
  unknown_thing
end`)
    const own = await bed.run(image, { own: true })
    const { stackTrace, ...failure } = JSON.parse(own.payload)
    assert.deepEqual(failure, { errorMessage: 'no', errorType: 'Function<Odd>' })
    assert.match(stackTrace[0], /^\/var\/task\/app.rb:3:in .*handler'$/)
    assert.match(stackTrace[1], /^\/var\/runtime\/ruby.rb:\d+:in .*call_handler'$/)
    assert.match(
      own.log.join(''),
      /^Error raised from handler method\n\{\n {2}"errorMessage": "no"/m,
    )
    const critical = await bed.run(image)
    assert.equal(JSON.parse(critical.payload).errorType, 'Function<NameError>')
    assert.match(critical.log.at(-1) ?? '', /Error Type: Runtime.ExitError\n$/)
  })

  it('end after what they leave to be done at the exit', async () => {
    const image = ruby(`at_exit { puts 'done' }
def handler(event:, context:) = exit(3)`)
    const ran = await bed.run(image)
    assert.equal(JSON.parse(ran.payload).errorType, 'Function<SystemExit>')
    assert.ok(ran.log.includes('done\n'))
    assert.match(ran.logTail, /Runtime exited with error: exit status 255\n/)
  })

  it('say which method is missing, in the words of AWS', async () => {
    const { errorMessage } = JSON.parse((await bed.run(ruby(''))).payload)
    assert.match(errorMessage, /^undefined method .handler' for (an instance of |#<)LambdaHandler/)
  })

  const unusable: [title: string, source: string, handler: string, type: string][] = [
    ['a missing file', '', 'other.handler', 'Init<LoadError>'],
    ['a syntax error', 'def handler(', 'app.handler', 'Init<SyntaxError>'],
    ['a bad handler', '', 'app', 'Init<ArgumentError>'],
  ]
  for (const [title, source, handler, type] of unusable) {
    it(`cannot be loaded: ${title}`, async () => {
      const ran = await bed.run(ruby(source, { handler }))
      assert.equal(ran.outcome, 'init-error')
      assert.equal(JSON.parse(ran.payload).errorType, type)
    })
  }
})
