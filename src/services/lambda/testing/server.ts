/** A server of its own process, for tests that end it without warning. Argument: data folder. */
import { openCloud } from '../../../cloud.ts'

const cloud = await openCloud({ port: 0, data: process.argv[2] })
console.log(cloud.endpoint)
