/** The command line: its commands and options. What a command does is loaded when it is given. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { DEFAULT_CONFIG, IAM_MODES, ISOLATIONS, TIMINGS } from '../config.ts'
import { VERSION } from '../version.ts'
import { serve } from './serve.ts'

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

const endpoint = () =>
  new Option('--endpoint <url>', 'a running Windtunnel')
    .env('AWS_ENDPOINT_URL')
    .default(`http://${DEFAULT_CONFIG.host}:${DEFAULT_CONFIG.port}`)

const program = new Command('windtunnel')
  .description('Runs EC2, EventBridge, Lambda and IAM automations for real on this machine.')
  .version(VERSION)
  .showHelpAfterError('(windtunnel --help tells more)')

program
  .command('start')
  .description('serve the AWS APIs until stopped')
  .option('--port <n>', 'port to listen on (0: any free one)', wholeNumber, DEFAULT_CONFIG.port)
  .option('--host <address>', 'address to listen on', DEFAULT_CONFIG.host)
  .option('--data <dir>', 'folder of the state', DEFAULT_CONFIG.data)
  .option('--ephemeral', 'keep nothing on disk')
  .addOption(
    new Option('--timing <timing>', 'how long boots, stops and snapshots take')
      .choices(TIMINGS)
      .default(DEFAULT_CONFIG.timing),
  )
  .option('--account <id>', 'account of the access key id "test"', DEFAULT_CONFIG.account)
  .option('--region <name>', 'region of requests that name none', DEFAULT_CONFIG.region)
  .addOption(
    new Option('--unknown-images <what>', 'what a well-formed but unknown AMI id means')
      .choices(['adopt', 'refuse'])
      .default(DEFAULT_CONFIG.unknownImages),
  )
  .addOption(
    new Option('--iam <mode>', 'refuse what policies do not allow, or only trace it')
      .choices(IAM_MODES)
      .default(DEFAULT_CONFIG.iam),
  )
  .option('--relaxed-credentials', 'take any access key and signature as the root user')
  .addOption(
    new Option(
      '--isolation <what>',
      'how functions run (default: process; beyond loopback sandbox)',
    ).choices(ISOLATIONS),
  )
  .option('--inspect <function[:port]>', "open Node's debugger on a function")
  .option('--allow-network', 'functions in the sandbox may use the network')
  .option('--allow-unsandboxed', 'functions may run as plain processes beyond loopback')
  .addOption(
    new Option('--token <secret>', 'opens /_windtunnel beyond loopback').env('WINDTUNNEL_TOKEN'),
  )
  .option('--allow-origin <origin...>', 'web origins beside loopback whose pages may call')
  .action(serve)

program
  .command('trace')
  .description('list the latest journeys, or show one as a tree')
  .argument('[id]', 'an event id, instance id, request id, function or rule name')
  .option('--follow', 'show steps as they happen')
  .option('--json', 'as JSON')
  .option('--limit <n>', 'how many journeys to list', wholeNumber, 20)
  .addOption(endpoint())
  .action(async (id, options) => (await import('./trace.ts')).showTrace(id, options))

program
  .command('emit')
  .description('put an event on the default bus, as the service would; without a name, list all')
  .argument('[name]', 'a name of the list, or a detail-type')
  .option('--set <path=value...>', 'replace a member: detail.state=stopped')
  .option('--account <id>', 'on the bus of another account')
  .option('--region <name>', 'on the bus of another region')
  .addOption(endpoint())
  .action(async (name, options) => (await import('./emit.ts')).emit(name, options))

program
  .command('deploy')
  .description('have a function run the code of a folder, edits included')
  .argument('<name>', "the function's name; it is made when there is none")
  .requiredOption('--dir <path>', 'the folder')
  .option('--handler <name>', 'by the files in the folder unless said')
  .option('--runtime <name>', 'likewise')
  .option('--role <arn>', 'its execution role; one that may write logs is made unless said')
  .option('--timeout <seconds>', 'how long an invocation may take', wholeNumber)
  .addOption(endpoint())
  .action(async (name, options) => (await import('./deploy.ts')).deploy(name, options))

program
  .command('spot')
  .description('what AWS does to Spot Instances')
  .command('interrupt')
  .description('take Spot Instances back: recommendation, warning, then stop or termination')
  .argument('<id...>', 'instance ids')
  .option('--no-rebalance', 'without a rebalance recommendation before the warning')
  .option('--account <id>', 'of another account')
  .option('--region <name>', 'of another region')
  .addOption(endpoint())
  .action(async (ids, options) => (await import('./spot.ts')).interruptSpot(ids, options))

const iam = program.command('iam').description('why something was refused, and what a role needs')

iam
  .command('why')
  .description('the whole evaluation of what was refused')
  .argument('<id>', 'a request id, event id, record id, function, rule or role name')
  .option('--json', 'as JSON')
  .addOption(endpoint())
  .action(async (id, options) => (await import('./iam.ts')).why(id, options))

iam
  .command('least')
  .description('the least policy for what a role was seen to do, and how its own differ')
  .argument('<role>', 'a name or ARN')
  .option('--json', 'with the differences, as JSON')
  .option('--account <id>', 'of another account')
  .option('--region <name>', 'with the functions of another region')
  .addOption(endpoint())
  .action(async (role, options) => (await import('./iam.ts')).least(role, options))

program
  .command('check')
  .description('warn of what cannot work: patterns, permissions, roles, loops; exit 1 on errors')
  .option('--json', 'as JSON')
  .option('--sarif', 'as SARIF 2.1.0')
  .option('--account <id>', 'another account')
  .option('--region <name>', 'another region')
  .addOption(endpoint())
  .action(async (options) => (await import('./check.ts')).check(options))

program
  .command('demo')
  .description('watch EC2 events start functions that manage EC2')
  .action(async () => (await import('../demo/demo.ts')).demo())

// `windtunnel --port 4600` serves, too.
const [first] = process.argv.slice(2)
const asksForProgram = first && (!first.startsWith('-') || /^(-h|--help|-V|--version)$/.test(first))
if (!asksForProgram) process.argv.splice(2, 0, 'start')
await program.parseAsync()
