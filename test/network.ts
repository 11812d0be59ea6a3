/** What tests of EC2's network share. */
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
} from '@aws-sdk/client-ec2'
import type { Ec2Cloud } from './ec2.ts'

export async function newVpc({ ec2 }: Ec2Cloud, CidrBlock = '10.0.0.0/16'): Promise<string> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock }))
  return Vpc?.VpcId ?? ''
}

export async function newSubnet(
  { ec2 }: Ec2Cloud,
  VpcId: string,
  CidrBlock = '10.0.0.0/24',
): Promise<string> {
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock }))
  return Subnet?.SubnetId ?? ''
}

/** An internet gateway, attached to the VPC. */
export async function newGateway({ ec2 }: Ec2Cloud, VpcId: string): Promise<string> {
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}))
  const InternetGatewayId = InternetGateway?.InternetGatewayId ?? ''
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }))
  return InternetGatewayId
}

export async function newGroup(
  { ec2 }: Ec2Cloud,
  VpcId: string,
  GroupName = 'web',
): Promise<string> {
  const command = new CreateSecurityGroupCommand({ GroupName, VpcId, Description: 'for a test' })
  const { GroupId } = await ec2.send(command)
  return GroupId ?? ''
}

export const inVpc = (VpcId: string) => ({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] })

/** `CODE: message` of the error that a call ends in. */
export async function fault(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
  throw new Error('expected the call to fail')
}
