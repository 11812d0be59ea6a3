import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateFlowLogsCommand,
  type CreateFlowLogsCommandInput,
  DeleteFlowLogsCommand,
  DescribeFlowLogsCommand,
  DescribeTagsCommand,
} from '@aws-sdk/client-ec2'
import { ACCOUNT, type Ec2Cloud, ec2Cloud, REGION } from '../../../../test/ec2.ts'
import { fault, newSubnet, newVpc } from '../../../../test/network.ts'

const ROLE = `arn:aws:iam::${ACCOUNT}:role/flow-logs`

const LogFormat =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start ' +
  'end action log-status'

const USUAL: CreateFlowLogsCommandInput = {
  ResourceIds: [],
  ResourceType: 'VPC',
  LogGroupName: 'flow',
  DeliverLogsPermissionArn: ROLE,
  TrafficType: 'ALL',
}

async function create({ ec2 }: Ec2Cloud, input: Partial<CreateFlowLogsCommandInput>) {
  return ec2.send(new CreateFlowLogsCommand({ ...USUAL, ...input }))
}

test('a flow log on a new VPC, as automations of compliance start it', async () => {
  const on = await ec2Cloud()
  const vpc = await newVpc(on)
  const Tags = [{ Key: 'by', Value: 'audit' }]
  const TagSpecifications = [{ ResourceType: 'vpc-flow-log' as const, Tags }]
  const { FlowLogIds = [] } = await create(on, { ResourceIds: [vpc], TagSpecifications })
  const Filter = [{ Name: 'resource-id', Values: [vpc] }]
  const { FlowLogs } = await on.ec2.send(new DescribeFlowLogsCommand({ Filter }))
  const { CreationTime, ...found } = FlowLogs?.[0] ?? {}
  const log = { ...found, LogFormat: found.LogFormat?.replace(/[${}]/g, '') }
  assert.equal(Number(CreationTime), on.cloud.clock.now())
  assert.deepEqual(log, {
    FlowLogId: FlowLogIds[0],
    FlowLogStatus: 'ACTIVE',
    DeliverLogsStatus: 'SUCCESS',
    DeliverLogsPermissionArn: ROLE,
    ResourceId: vpc,
    TrafficType: 'ALL',
    LogDestinationType: 'cloud-watch-logs',
    LogDestination: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:flow`,
    LogGroupName: 'flow',
    LogFormat,
    MaxAggregationInterval: 600,
    Tags,
  })
  const again = await fault(create(on, { ResourceIds: [vpc] }))
  assert.equal(
    again,
    'FlowLogAlreadyExists: Error. There is an existing Flow Log with the same configuration and ' +
      'log destination.',
  )
  await on.ec2.send(new DeleteFlowLogsCommand({ FlowLogIds }))
  const gone = await fault(on.ec2.send(new DeleteFlowLogsCommand({ FlowLogIds })))
  assert.equal(
    gone,
    'InvalidFlowLogId.NotFound: These flow log ids in the input list are not found: ' +
      `[TotalCount: 1] ${FlowLogIds[0]}`,
  )
  const left = await on.ec2.send(new DescribeTagsCommand({}))
  assert.deepEqual(left.Tags, [])
})

test('subnets have flow logs too; destinations that contradict are refused', async () => {
  const on = await ec2Cloud()
  const subnet = await newSubnet(on, await newVpc(on))
  const to = { ResourceType: 'Subnet' as const, ResourceIds: [subnet] }
  const s3 = { LogDestinationType: 's3', LogDestination: 'arn:aws:s3:::bucket' } as const
  const bucket = { ...s3, LogGroupName: undefined, DeliverLogsPermissionArn: undefined }
  const { FlowLogIds } = await create(on, { ...to, ...bucket })
  assert.match(FlowLogIds?.[0] ?? '', /^fl-0[0-9a-f]{16}$/)
  const wrong: [Partial<CreateFlowLogsCommandInput>, RegExp][] = [
    [{ DeliverLogsPermissionArn: undefined }, /^InvalidParameter: DeliverLogsPermissionArn can't/],
    [{ LogGroupName: undefined }, /^InvalidParameter: LogDestination can't be empty/],
    [{ LogDestination: 'arn:aws:logs:x' }, /^InvalidParameter: Please only provide LogGroupName/],
    [{ LogDestinationType: 's3' }, /^InvalidParameter: LogDestination type must be cloud-watch/],
    [{ MaxAggregationInterval: 61 }, /^InvalidParameter: Invalid Flow Log Max/],
    [{ TrafficType: undefined }, /^MissingParameter: .*TrafficType/],
    [{ ResourceIds: ['subnet-0123456789abcdef0'] }, /^InvalidSubnetID.NotFound/],
  ]
  for (const [input, expected] of wrong) {
    assert.match(await fault(create(on, { ...to, ...input })), expected)
  }
})
