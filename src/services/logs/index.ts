/** Amazon CloudWatch Logs. */
import type { ServiceModule } from '../module.ts'
import type { LogSink, Roles } from '../ports.ts'
import { accessDenied } from './errors.ts'
import { getLogEvents, putLogEvents } from './events.ts'
import { expire } from './expiry.ts'
import { filterLogEvents } from './filter.ts'
import {
  createLogGroup,
  deleteLogGroup,
  deleteRetentionPolicy,
  describeLogGroups,
  listLogGroups,
  putLogGroupDeletionProtection,
  putRetentionPolicy,
} from './groups.ts'
import {
  deleteResourcePolicy,
  describeResourcePolicies,
  putResourcePolicy,
} from './resource-policies.ts'
import { logWriter } from './sink.ts'
import { createLogStream, deleteLogStream, describeLogStreams } from './streams.ts'
import {
  listTagsForResource,
  listTagsLogGroup,
  tagLogGroup,
  tagResource,
  untagLogGroup,
  untagResource,
} from './tags.ts'

export interface Logs extends ServiceModule {
  readonly sink: LogSink
}

export function createLogs({ roles }: { roles: Roles }): Logs {
  const beforeReading: (() => void)[] = []
  return {
    definition: {
      name: 'logs',
      operations: {
        CreateLogGroup: createLogGroup,
        CreateLogStream: createLogStream,
        DeleteLogGroup: deleteLogGroup,
        DeleteLogStream: deleteLogStream,
        DeleteResourcePolicy: deleteResourcePolicy,
        DeleteRetentionPolicy: deleteRetentionPolicy,
        DescribeLogGroups: describeLogGroups,
        DescribeLogStreams: describeLogStreams,
        DescribeResourcePolicies: describeResourcePolicies,
        FilterLogEvents: filterLogEvents,
        GetLogEvents: getLogEvents,
        ListLogGroups: listLogGroups,
        ListTagsForResource: listTagsForResource,
        ListTagsLogGroup: listTagsLogGroup,
        PutLogEvents: putLogEvents,
        PutLogGroupDeletionProtection: putLogGroupDeletionProtection,
        PutResourcePolicy: putResourcePolicy,
        PutRetentionPolicy: putRetentionPolicy,
        TagLogGroup: tagLogGroup,
        TagResource: tagResource,
        UntagLogGroup: untagLogGroup,
        UntagResource: untagResource,
      },
      before: () => {
        for (const work of beforeReading) work()
      },
      denied: ({ verdict }) => accessDenied(verdict.denial()),
    },
    agenda: { 'logs.expire': expire },
    sink: {
      write: logWriter(roles),
      beforeReading: (work) => void beforeReading.push(work),
    },
  }
}
