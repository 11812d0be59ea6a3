# frozen_string_literal: true

# Runs a function of a Ruby runtime: loads the handler, takes invocations from the Runtime API and
# answers them, as AWS's runtime does (aws-lambda-ruby-runtime-interface-client describes it).
# Standard library only.

require 'json'
require 'logger'
require 'socket'
require 'stringio'
require 'time'

# AWS's runtime has loaded them, so functions use them without asking.
autoload :Net, 'net/http'
autoload :Timeout, 'timeout'
autoload :URI, 'uri'

# What the handler gets as `context:`.
class LambdaContext
  attr_reader :aws_request_id, :invoked_function_arn, :log_group_name, :log_stream_name,
              :function_name, :memory_limit_in_mb, :function_version, :identity, :tenant_id,
              :client_context, :deadline_ms

  def initialize(headers)
    @deadline_ms = headers['lambda-runtime-deadline-ms'].to_i
    @aws_request_id = headers['lambda-runtime-aws-request-id']
    @invoked_function_arn = headers['lambda-runtime-invoked-function-arn']
    @log_group_name = ENV.fetch('AWS_LAMBDA_LOG_GROUP_NAME', nil)
    @log_stream_name = ENV.fetch('AWS_LAMBDA_LOG_STREAM_NAME', nil)
    @function_name = ENV.fetch('AWS_LAMBDA_FUNCTION_NAME', nil)
    @memory_limit_in_mb = ENV.fetch('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', nil)
    @function_version = ENV.fetch('AWS_LAMBDA_FUNCTION_VERSION', nil)
    @tenant_id = headers['lambda-runtime-aws-tenant-id']
    @identity = parsed(headers['lambda-runtime-cognito-identity'])
    @client_context = parsed(headers['lambda-runtime-client-context'])
  end

  def get_remaining_time_in_millis
    [@deadline_ms - Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond), 0].max
  end

  private

  def parsed(text)
    JSON.parse(text) unless text.to_s.empty?
  end
end

# `file.method` or `file.Class.method`. Named as AWS's, with its names inside, since errors show it.
class LambdaHandler
  INVALID = 'must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where FILENAME ' \
            'corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional ' \
            'module/class namespace and METHOD is a callable method. If using CLASS, METHOD ' \
            'must be a class-level method.'

  def initialize(handler)
    parts = handler.split('.')
    raise ArgumentError, "Invalid handler #{parts}, #{INVALID}" unless [2, 3].include?(parts.size)

    @handler_file_name = parts.first
    @handler_class = parts[1] if parts.size == 3
    @handler_method_name = parts.last
    require @handler_file_name
  end

  def call_handler(event, context)
    return __send__(@handler_method_name, event: event, context: context) unless @handler_class

    Kernel.const_get(@handler_class).send(@handler_method_name, event: event, context: context)
  end
end

module Windtunnel
  BASE = '/2018-06-01/runtime'
  ASSIGNMENT = '/windtunnel/assignment'
  FRAME_TYPE = 0xA55A0003
  MICROSECONDS = 1_000_000
  MAX_STACK_LINES = 100
  INIT_EXIT_CODE = 252
  CRITICAL_EXIT_CODE = 255
  HERE = File.realpath(__dir__)
  # The types that the platform is told; others are the user's own.
  KNOWN_ERRORS = %w[
    ArgumentError NoMethodError Exception StandardError NameError LoadError SystemExit
    SystemStackError
  ].freeze

  # The Runtime API over one kept connection.
  class Client
    def initialize(address)
      @host = address
      @socket = TCPSocket.new(*address.split(':'))
      @socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, true)
    end

    def assignment
      @socket.write("GET #{ASSIGNMENT} HTTP/1.1\r\nHost: #{@host}\r\n\r\n")
      JSON.parse(read[1])
    end

    def ask
      @socket.write(next_request)
    end

    def next
      read
    end

    # An answer and the request for the next invocation leave in one write.
    def answer(id, body, content_type)
      @socket.write(post("/invocation/#{id}/response", body, content_type) + next_request)
      read
    end

    def answer_error(id, failure)
      @socket.write(error_post("/invocation/#{id}/error", failure) + next_request)
      read
    end

    # Without asking for another invocation: the process is about to end.
    def answer_last_error(id, failure)
      @socket.write(error_post("/invocation/#{id}/error", failure))
      read
    end

    def init_error(failure)
      @socket.write(error_post('/init/error', failure))
      read
    end

    private

    def next_request
      "GET #{BASE}/invocation/next HTTP/1.1\r\nHost: #{@host}\r\n\r\n".b
    end

    def error_post(path, failure)
      type = "Lambda-Runtime-Function-Error-Type: #{failure.runtime_type}\r\n"
      post(path, failure.document.to_json, 'application/json', type)
    end

    def post(path, body, content_type, headers = '')
      head = "POST #{BASE}#{path} HTTP/1.1\r\nHost: #{@host}\r\nContent-Type: #{content_type}\r\n" \
             "Content-Length: #{body.bytesize}\r\n#{headers}\r\n"
      head.b + body.b
    end

    def read
      # Without its server there is nothing left to do.
      exit!(1) unless @socket.gets
      headers = {}
      while (line = @socket.gets("\r\n", chomp: true)) && !line.empty?
        name, value = line.split(':', 2)
        headers[name.downcase] = value.strip
      end
      [headers, @socket.read(headers['content-length'].to_i).force_encoding('UTF-8')]
    end
  end

  # An exception as AWS describes it.
  class Failure
    def initialize(error, kind)
      @class_name = error.class.to_s
      @type = "#{kind}<#{@class_name}>"
      lines = (error.backtrace_locations || []).first(MAX_STACK_LINES).map(&:to_s)
      @document = {
        errorMessage: Windtunnel.on_aws(error.message), errorType: @type,
        stackTrace: lines.map { |line| Windtunnel.on_aws(line) }
      }
    end

    attr_reader :document

    def runtime_type
      KNOWN_ERRORS.include?(@class_name) ? @type : 'Function<UserException>'
    end

    def log(title)
      puts title
      puts JSON.pretty_unparse(@document)
    end
  end

  # Writes log events as frames on the telemetry descriptor.
  class LogSink < Logger::LogDevice
    def initialize(descriptor)
      super(IO.new(descriptor, 'wb', autoclose: false))
      @file = IO.new(descriptor, 'wb', autoclose: false)
      @file.sync = true
      @mutex = Mutex.new
    end

    def write(message)
      text = message.to_s.b
      micros = (Time.now.to_f * MICROSECONDS).to_i
      @mutex.synchronize do
        @file.write([FRAME_TYPE, text.bytesize, micros].pack('L>L>Q>') + text)
      end
    end

    def reopen(_log = nil)
      self
    end

    def close; end
  end

  # The form of Logger's lines: with the request id.
  class LogFormatter < Logger::Formatter
    FORMAT = '%<short>s, [%<time>s #%<pid>d] %<severity>5s %<id>s -- %<progname>s: %<text>s'

    def call(severity, time, progname, msg)
      format(FORMAT, short: severity[0], time: format_datetime(time), pid: Process.pid,
                     severity: severity, id: Windtunnel.request_id, progname: progname,
                     text: msg2str(msg))
    end
  end

  # Loggers that write to the standard streams write log events instead.
  module LoggerPatch
    def initialize(logdev = nil, *args, formatter: nil, **rest)
      standard = logdev.nil? || logdev == $stdout || logdev == $stderr
      logdev = Windtunnel.sink if standard
      formatter ||= LogFormatter.new if standard
      super(logdev, *args, formatter: formatter, **rest)
    end
  end

  class << self
    attr_reader :sink

    def request_id
      $_global_aws_request_id
    end

    # Stack traces show the folders that AWS has in place of this machine's.
    def on_aws(text)
      @folders.reduce(text) { |mapped, (here, there)| mapped.gsub(here, there) }
    end

    def run
      $stdout.sync = true
      client = Client.new(ENV.fetch('AWS_LAMBDA_RUNTIME_API'))
      become(client.assignment) if ENV.key?('_WINDTUNNEL_SPARE')
      prepare
      handler = load_handler(client)
      client.ask
      loop { handle(client, handler, *client.next) }
    end

    private

    def become(assignment)
      ENV.replace(assignment['variables'])
      Dir.chdir(assignment['cwd'])
      $LOAD_PATH.unshift(*ENV.fetch('RUBYLIB', '').split(':'))
      Gem.clear_paths
    end

    def prepare
      root = ENV.fetch('LAMBDA_TASK_ROOT')
      @folders = { File.realpath(root) => '/var/task', root => '/var/task', HERE => '/var/runtime' }
      @sink = LogSink.new(ENV.delete('_LAMBDA_TELEMETRY_LOG_FD').to_i)
      ENV.delete('_WINDTUNNEL_OPT')
      ENV.delete('_WINDTUNNEL_SDK')
      Logger.prepend(LoggerPatch)
      sink = @sink
      Kernel.module_eval do
        define_method(:puts) do |*args|
          text = args.flatten.map { |arg| arg.to_s.encode('UTF-8') }.join("\n")
          sink.write(text.end_with?("\n") ? text : "#{text}\n")
          nil
        end
      end
      $LOAD_PATH.unshift(root)
    end

    def load_handler(client)
      LambdaHandler.new(ENV.fetch('_HANDLER'))
    rescue Exception => e # rubocop:disable Lint/RescueException
      failure = Failure.new(e, 'Init')
      failure.log('Init error when loading handler ')
      client.init_error(failure)
      exit(INIT_EXIT_CODE)
    end

    def handle(client, handler, headers, body)
      $_global_aws_request_id = headers['lambda-runtime-aws-request-id']
      ENV['_X_AMZN_TRACE_ID'] = headers['lambda-runtime-trace-id']
      client.answer(request_id, *answer(handler, headers, body))
    rescue NameError => e
      give_up(client, e)
    rescue StandardError => e
      failure = Failure.new(e, 'Function')
      failure.log('Error raised from handler method')
      client.answer_error(request_id, failure)
    rescue Exception => e # rubocop:disable Lint/RescueException
      give_up(client, e)
    end

    def give_up(client, error)
      failure = Failure.new(error, 'Function')
      failure.log('Critical exception from handler')
      client.answer_last_error(request_id, failure)
      exit(CRITICAL_EXIT_CODE)
    end

    def answer(handler, headers, body)
      result = handler.call_handler(JSON.parse(body), LambdaContext.new(headers))
      return [result.read, 'application/unknown'] if result.respond_to?(:read)

      [result.to_json, 'application/json']
    end
  end
end

Windtunnel.run
