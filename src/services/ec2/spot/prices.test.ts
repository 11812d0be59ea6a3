import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DescribeSpotPriceHistoryCommand,
  type DescribeSpotPriceHistoryCommandInput,
  paginateDescribeSpotPriceHistory,
  type SpotPrice,
} from '@aws-sdk/client-ec2'
import { type Ec2Cloud, ec2Cloud } from '../../../../test/ec2.ts'

const ONE: DescribeSpotPriceHistoryCommandInput = {
  InstanceTypes: ['t3.micro'],
  ProductDescriptions: ['Linux/UNIX (Amazon VPC)'],
  AvailabilityZone: 'us-east-1a',
}

async function history({ ec2 }: Ec2Cloud, input: DescribeSpotPriceHistoryCommandInput) {
  const { SpotPriceHistory = [] } = await ec2.send(new DescribeSpotPriceHistoryCommand(input))
  return SpotPriceHistory
}

test('a series goes back 90 days, newest first, and is always the same', async () => {
  const on = await ec2Cloud()
  const prices = await history(on, ONE)
  assert.ok(prices.length >= 360 && prices.length <= 362)
  const times = prices.map(({ Timestamp }) => Number(Timestamp))
  assert.deepEqual(
    times,
    [...times].sort((a, b) => b - a),
  )
  assert.ok(prices.every(({ SpotPrice }) => /^0\.00\d{4}$/.test(SpotPrice ?? '')))
  assert.ok(new Set(prices.map(({ SpotPrice }) => SpotPrice)).size > 300)
  assert.deepEqual(await history(await ec2Cloud(), ONE), prices)
  const [now] = await history(on, { ...ONE, StartTime: new Date(on.cloud.clock.now()) })
  assert.deepEqual(now, prices[0])
})

test('products have two names, and prices that nobody asked for cost little', async () => {
  const on = await ec2Cloud()
  const StartTime = new Date(on.cloud.clock.now())
  const Filters = [{ Name: 'product-description', Values: ['Linux/UNIX (Amazon VPC)'] }]
  const linux = await history(on, { InstanceTypes: ['t3.micro'], StartTime, Filters })
  assert.deepEqual([linux.length, linux[0]?.ProductDescription], [6, 'Linux/UNIX'])
  const none = { Filters: [{ Name: 'product-description', Values: ['BeOS'] }] }
  assert.deepEqual(await history(on, none), [])
  const free = { Filters: [{ Name: 'spot-price', Values: ['0.000000'] }] }
  const page = await on.ec2.send(new DescribeSpotPriceHistoryCommand(free))
  assert.deepEqual(page.SpotPriceHistory, [])
  assert.match(page.NextToken ?? '', /./)
})

test('pages and filters', async () => {
  const on = await ec2Cloud()
  const input = {
    Filters: [{ Name: 'instance-type', Values: ['t3.mi*'] }],
    StartTime: new Date(on.cloud.clock.now()),
  }
  const all: SpotPrice[] = []
  let pages = 0
  const sevens = { client: on.ec2, pageSize: 7 }
  for await (const page of paginateDescribeSpotPriceHistory(sevens, { ...input })) {
    all.push(...(page.SpotPriceHistory ?? []))
    pages++
  }
  // Four products in each of six zones.
  assert.deepEqual([all.length, pages], [24, 4])
  assert.deepEqual(all, await history(on, input))
  assert.deepEqual([...new Set(all.map(({ InstanceType }) => InstanceType))], ['t3.micro'])
  const token = history(on, { NextToken: 'x' })
  await assert.rejects(token, { name: 'InvalidParameterValue' })
})
