/** The two functions of the demo, as their authors would write them for AWS. */
import { strToU8, zipSync } from 'fflate'

export interface DemoFunction {
  name: string
  runtime: 'nodejs22.x' | 'python3.12'
  handler: string
  zip: Uint8Array
}

const TAG_OWNER = `
import { CreateTagsCommand, EC2Client, StopInstancesCommand } from '@aws-sdk/client-ec2'

const ec2 = new EC2Client({})

export const handler = async (event) => {
  const id = event.detail['instance-id']
  console.log('instance', id, 'is', event.detail.state)
  await ec2.send(new CreateTagsCommand({
    Resources: [id],
    Tags: [{ Key: 'Owner', Value: 'unclaimed' }],
  }))
  try {
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
  } catch (error) {
    console.warn('may not stop it:', error.name)
  }
  return { tagged: id }
}
`

const KEEP_BACKUP_PYTHON = `
import boto3

ec2 = boto3.client("ec2")

def handler(event, context):
    snapshot_id = event["detail"]["snapshot_id"].split("/")[1]
    snapshot = ec2.describe_snapshots(SnapshotIds=[snapshot_id])["Snapshots"][0]
    print("snapshot", snapshot_id, "of", snapshot["VolumeId"], "is", snapshot["State"])
    ec2.create_tags(Resources=[snapshot_id], Tags=[{"Key": "Backup", "Value": "kept"}])
    return snapshot_id
`

const KEEP_BACKUP_NODE = `
const { CreateTagsCommand, DescribeSnapshotsCommand, EC2Client } = require('@aws-sdk/client-ec2')

const ec2 = new EC2Client({})

exports.handler = async (event) => {
  const id = event.detail.snapshot_id.split('/')[1]
  const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }))
  console.log('snapshot', id, 'of', Snapshots[0].VolumeId, 'is', Snapshots[0].State)
  await ec2.send(new CreateTagsCommand({
    Resources: [id],
    Tags: [{ Key: 'Backup', Value: 'kept' }],
  }))
  return id
}
`

const HAS_BOTO3 = `import boto3, os
assert boto3.client("ec2").meta.endpoint_url == os.environ["AWS_ENDPOINT_URL"]

def handler(event, context):
    pass
`

export const tagOwner: DemoFunction = {
  name: 'tag-owner',
  runtime: 'nodejs22.x',
  handler: 'index.handler',
  zip: zipSync({ 'index.mjs': strToU8(TAG_OWNER) }),
}

/** Does nothing, but only where there is a Python with a boto3 that knows AWS_ENDPOINT_URL. */
export const hasBoto3: DemoFunction = {
  name: 'has-boto3',
  runtime: 'python3.12',
  handler: 'app.handler',
  zip: zipSync({ 'app.py': strToU8(HAS_BOTO3) }),
}

/** In Python where this machine has boto3, which AWS's Python runtimes ship; else in Node.js. */
export function keepBackup(hasPython: boolean): DemoFunction {
  return hasPython
    ? {
        name: 'keep-backup',
        runtime: 'python3.12',
        handler: 'app.handler',
        zip: zipSync({ 'app.py': strToU8(KEEP_BACKUP_PYTHON) }),
      }
    : {
        name: 'keep-backup',
        runtime: 'nodejs22.x',
        handler: 'index.handler',
        zip: zipSync({ 'index.js': strToU8(KEEP_BACKUP_NODE) }),
      }
}
