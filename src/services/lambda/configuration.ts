/** A function as the API shows it. */
import type { FunctionConfiguration } from '@aws-sdk/client-lambda'
import { isoMillis } from '../../clock.ts'
import type { LambdaFunction } from './functions.ts'
import { functionArn, LATEST } from './names.ts'
import { runtimeVersionArn } from './runtime/index.ts'

/** Shown while a function is made or changed. */
const IN_PROGRESS = { reason: 'The function is being created.', code: 'Creating' } as const

/** GetFunctionConfiguration's answer; `qualifier` is appended to the ARN when one was named. */
export function configurationOf(found: LambdaFunction, qualifier?: string): FunctionConfiguration {
  const [, , , region = ''] = found.arn.split(':')
  return {
    ...listedConfigurationOf(found, qualifier),
    ...progress(found),
    RuntimeVersionConfig: {
      RuntimeVersionArn: runtimeVersionArn(region, found.settings.runtime),
    },
  }
}

/** A function in a list, where its state is left out. */
export function listedConfigurationOf(
  found: LambdaFunction,
  qualifier?: string,
): FunctionConfiguration {
  const { settings, code } = found
  const [, , , region = '', account = ''] = found.arn.split(':')
  return {
    FunctionName: found.name,
    FunctionArn: functionArn({ account, region }, found.name, qualifier),
    Runtime: settings.runtime as FunctionConfiguration['Runtime'],
    Role: settings.role,
    Handler: settings.handler,
    CodeSize: code.sizeBytes,
    CodeSha256: code.sha256,
    Description: settings.description,
    Timeout: settings.timeoutSeconds,
    MemorySize: settings.memorySizeMb,
    LastModified: lambdaTime(found.lastModified),
    Version: found.version,
    ...(settings.vpc && {
      VpcConfig: {
        SubnetIds: settings.vpc.subnetIds,
        SecurityGroupIds: settings.vpc.securityGroupIds,
        VpcId: settings.vpc.vpcId,
        Ipv6AllowedForDualStack: settings.vpc.ipv6AllowedForDualStack,
      },
    }),
    ...(settings.deadLetterTargetArn && {
      DeadLetterConfig: { TargetArn: settings.deadLetterTargetArn },
    }),
    ...(settings.environment && { Environment: { Variables: settings.environment } }),
    ...(settings.kmsKeyArn && { KMSKeyArn: settings.kmsKeyArn }),
    TracingConfig: { Mode: settings.tracingMode as 'Active' | 'PassThrough' },
    RevisionId: found.revisionId,
    ...(settings.layers.length > 0 && {
      Layers: settings.layers.map(({ arn: Arn, code: { sizeBytes: CodeSize } }) => ({
        Arn,
        CodeSize,
      })),
    }),
    PackageType: 'Zip',
    Architectures: found.architectures as FunctionConfiguration['Architectures'],
    EphemeralStorage: { Size: settings.ephemeralStorageMb },
    SnapStart: snapStart(found),
    LoggingConfig: loggingConfig(found),
  }
}

function progress({ state, lastUpdateStatus }: LambdaFunction): Partial<FunctionConfiguration> {
  if (state === 'Pending') {
    return { State: state, StateReason: IN_PROGRESS.reason, StateReasonCode: IN_PROGRESS.code }
  }
  if (lastUpdateStatus !== 'InProgress') return { State: state, LastUpdateStatus: 'Successful' }
  return {
    State: state,
    LastUpdateStatus: lastUpdateStatus,
    LastUpdateStatusReason: IN_PROGRESS.reason,
    LastUpdateStatusReasonCode:
      IN_PROGRESS.code as FunctionConfiguration['LastUpdateStatusReasonCode'],
  }
}

function snapStart({ settings, version }: LambdaFunction): FunctionConfiguration['SnapStart'] {
  const { snapStart: ApplyOn } = settings
  const optimized = ApplyOn === 'PublishedVersions' && version !== LATEST
  return { ApplyOn, OptimizationStatus: optimized ? 'On' : 'Off' }
}

function loggingConfig({ settings }: LambdaFunction): FunctionConfiguration['LoggingConfig'] {
  const { logFormat, logGroup, applicationLogLevel, systemLogLevel } = settings
  return {
    LogFormat: logFormat,
    ...(logFormat === 'JSON' && {
      ApplicationLogLevel: (applicationLogLevel ?? 'INFO') as 'INFO',
      SystemLogLevel: (systemLogLevel ?? 'INFO') as 'INFO',
    }),
    LogGroup: logGroup,
  }
}

/** `2026-01-13T14:03:37.000+0000` */
export function lambdaTime(ms: number): string {
  return isoMillis(ms).replace('Z', '+0000')
}
