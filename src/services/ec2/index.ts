/** Amazon Elastic Compute Cloud, with Elastic Block Store. */
import type { Context } from '../../aws/context.ts'
import type { Operation } from '../../aws/service.ts'
import type { ServiceModule } from '../module.ts'
import type { AgendaHandlers } from '../ports.ts'
import { describeAccountAttributes } from './account-attributes.ts'
import {
  disableImageBlockPublicAccess,
  disableSerialConsoleAccess,
  enableImageBlockPublicAccess,
  enableSerialConsoleAccess,
  getImageBlockPublicAccessState,
  getInstanceMetadataDefaults,
  getSerialConsoleAccessStatus,
  modifyInstanceMetadataDefaults,
} from './account-settings.ts'
import { attachVolume, detachVolume, volumeAttached, volumeDetached } from './attachments.ts'
import { getConsoleOutput, getPasswordData } from './console.ts'
import { copySnapshot, snapshotCopied } from './copy-snapshot.ts'
import { copyImage, createImage, registerImage } from './create-image.ts'
import { denied } from './denied.ts'
import { describeInstanceTypeOfferings, describeInstanceTypes } from './describe-instance-types.ts'
import { describeInstances } from './describe-instances.ts'
import { describeAvailabilityZones, describeRegions } from './describe-regions.ts'
import {
  disableEbsEncryptionByDefault,
  disableSnapshotBlockPublicAccess,
  enableEbsEncryptionByDefault,
  enableSnapshotBlockPublicAccess,
  getEbsDefaultKmsKeyId,
  getEbsEncryptionByDefault,
  getSnapshotBlockPublicAccessState,
  modifyEbsDefaultKmsKeyId,
  resetEbsDefaultKmsKeyId,
} from './ebs-settings.ts'
import { dryRunSucceeded } from './errors.ts'
import {
  describeFastSnapshotRestores,
  disableFastSnapshotRestores,
  enableFastSnapshotRestores,
  restoreStep,
} from './fast-restore.ts'
import {
  deleteFleets,
  describeFleetInstances,
  describeFleets,
  modifyFleet,
} from './fleet-operations.ts'
import { FLEET_EVALUATE, FLEET_EXPIRE } from './fleet-steps.ts'
import { evaluateFleet, expireFleet } from './fleet-upkeep.ts'
import { createFleet } from './fleets.ts'
import { imageReady } from './image-lifecycle.ts'
import {
  disableImageDeprecation,
  disableImageDeregistrationProtection,
  enableImageDeprecation,
  enableImageDeregistrationProtection,
} from './image-protection.ts'
import { describeImages } from './images.ts'
import {
  describeInstanceAttribute,
  modifyInstanceAttribute,
  resetInstanceAttribute,
} from './instance-attributes.ts'
import {
  describeInstanceCreditSpecifications,
  getInstanceUefiData,
  modifyInstanceCreditSpecification,
  modifyInstanceMaintenanceOptions,
  modifyInstanceMetadataOptions,
  monitorInstances,
  unmonitorInstances,
} from './instance-options.ts'
import { modifyInstancePlacement, modifyPrivateDnsNameOptions } from './instance-placement.ts'
import {
  associateIamInstanceProfile,
  describeIamInstanceProfileAssociations,
  disassociateIamInstanceProfile,
  replaceIamInstanceProfileAssociation,
} from './instance-profiles.ts'
import { describeInstanceStatus } from './instance-status.ts'
import { createKeyPair, deleteKeyPair, describeKeyPairs, importKeyPair } from './key-pairs.ts'
import { getLaunchTemplateData } from './launch-template-data.ts'
import {
  createLaunchTemplateVersion,
  deleteLaunchTemplateVersions,
  describeLaunchTemplateVersions,
} from './launch-template-versions.ts'
import {
  createLaunchTemplate,
  deleteLaunchTemplate,
  describeLaunchTemplates,
  modifyLaunchTemplate,
} from './launch-templates.ts'
import { forgetInstance, shutDown, transition } from './lifecycle.ts'
import {
  deregisterImage,
  describeImageAttribute,
  disableImage,
  enableImage,
  modifyImageAttribute,
  resetImageAttribute,
} from './manage-images.ts'
import { describeVolumesModifications, modifyVolume, volumeModified } from './modify-volume.ts'
import { NETWORK_OPERATIONS } from './network/index.ts'
import { forgetNatGateway } from './network/nat-gateways.ts'
import { NONE_MADE } from './none-made.ts'
import {
  createPlacementGroup,
  deletePlacementGroup,
  describePlacementGroups,
} from './placement-groups.ts'
import { rebootInstances, startInstances, stopInstances, terminateInstances } from './power.ts'
import {
  createReplaceRootVolumeTask,
  describeReplaceRootVolumeTasks,
  rootVolumeReplaced,
} from './root-volume-tasks.ts'
import { runInstances } from './run-instances.ts'
import { type Ec2Options, type Settings, settingsOf } from './settings.ts'
import {
  describeSnapshotAttribute,
  modifySnapshotAttribute,
  resetSnapshotAttribute,
} from './share-snapshot.ts'
import {
  describeLockedSnapshots,
  lockEnded,
  lockSnapshot,
  unlockSnapshot,
} from './snapshot-lock.ts'
import { createSnapshots, snapshotsCompleted } from './snapshot-sets.ts'
import {
  describeSnapshotTierStatus,
  modifySnapshotTier,
  restoreExpired,
  restoreSnapshotTier,
  snapshotTiered,
} from './snapshot-tier.ts'
import {
  createSnapshot,
  deleteSnapshot,
  describeSnapshots,
  snapshotCompleted,
} from './snapshots.ts'
import {
  type InterruptOptions,
  interruptSpotInstances,
  SPOT_AGENDA,
  SPOT_OPERATIONS,
} from './spot/index.ts'
import { createTags, deleteTags, describeTags } from './tags.ts'
import {
  describeVolumeAttribute,
  describeVolumeStatus,
  modifyVolumeAttribute,
} from './volume-status.ts'
import {
  createVolume,
  deleteVolume,
  describeVolumes,
  volumeCreated,
  volumeDeleted,
  volumeInitialized,
} from './volumes.ts'

// biome-ignore lint/suspicious/noExplicitAny: operations and agenda rows differ in their inputs
type Step<Result> = (input: any, ctx: Context, settings: Settings) => Result

const OPERATIONS: Readonly<Record<string, Step<object>>> = {
  ...NETWORK_OPERATIONS,
  ...NONE_MADE,
  ...SPOT_OPERATIONS,
  AssociateIamInstanceProfile: associateIamInstanceProfile,
  AttachVolume: attachVolume,
  CopyImage: copyImage,
  CopySnapshot: copySnapshot,
  CreateFleet: createFleet,
  CreateImage: createImage,
  CreateLaunchTemplate: createLaunchTemplate,
  CreateLaunchTemplateVersion: createLaunchTemplateVersion,
  CreatePlacementGroup: createPlacementGroup,
  CreateReplaceRootVolumeTask: createReplaceRootVolumeTask,
  CreateSnapshot: createSnapshot,
  CreateSnapshots: createSnapshots,
  CreateTags: createTags,
  CreateVolume: createVolume,
  DeleteFleets: deleteFleets,
  DeleteKeyPair: deleteKeyPair,
  DeleteLaunchTemplate: deleteLaunchTemplate,
  DeleteLaunchTemplateVersions: deleteLaunchTemplateVersions,
  DeletePlacementGroup: deletePlacementGroup,
  DeleteSnapshot: deleteSnapshot,
  DeleteTags: deleteTags,
  DeleteVolume: deleteVolume,
  DeregisterImage: deregisterImage,
  DescribeAccountAttributes: describeAccountAttributes,
  DescribeAvailabilityZones: describeAvailabilityZones,
  DescribeFastSnapshotRestores: describeFastSnapshotRestores,
  DescribeFleetInstances: describeFleetInstances,
  DescribeFleets: describeFleets,
  DescribeIamInstanceProfileAssociations: describeIamInstanceProfileAssociations,
  DescribeImageAttribute: describeImageAttribute,
  DescribeImages: describeImages,
  DescribeInstanceAttribute: describeInstanceAttribute,
  DescribeInstanceCreditSpecifications: describeInstanceCreditSpecifications,
  DescribeInstanceStatus: describeInstanceStatus,
  DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeInstances: describeInstances,
  DescribeKeyPairs: describeKeyPairs,
  DescribeLaunchTemplateVersions: describeLaunchTemplateVersions,
  DescribeLaunchTemplates: describeLaunchTemplates,
  DescribeLockedSnapshots: describeLockedSnapshots,
  DescribePlacementGroups: describePlacementGroups,
  DescribeRegions: describeRegions,
  DescribeReplaceRootVolumeTasks: describeReplaceRootVolumeTasks,
  DescribeSnapshotAttribute: describeSnapshotAttribute,
  DescribeSnapshotTierStatus: describeSnapshotTierStatus,
  DescribeSnapshots: describeSnapshots,
  DescribeTags: describeTags,
  DescribeVolumeAttribute: describeVolumeAttribute,
  DescribeVolumeStatus: describeVolumeStatus,
  DescribeVolumes: describeVolumes,
  DescribeVolumesModifications: describeVolumesModifications,
  DetachVolume: detachVolume,
  DisableEbsEncryptionByDefault: disableEbsEncryptionByDefault,
  DisableFastSnapshotRestores: disableFastSnapshotRestores,
  DisableImage: disableImage,
  DisableImageBlockPublicAccess: disableImageBlockPublicAccess,
  DisableImageDeprecation: disableImageDeprecation,
  DisableImageDeregistrationProtection: disableImageDeregistrationProtection,
  DisableSerialConsoleAccess: disableSerialConsoleAccess,
  DisableSnapshotBlockPublicAccess: disableSnapshotBlockPublicAccess,
  DisassociateIamInstanceProfile: disassociateIamInstanceProfile,
  EnableEbsEncryptionByDefault: enableEbsEncryptionByDefault,
  EnableFastSnapshotRestores: enableFastSnapshotRestores,
  EnableImage: enableImage,
  EnableImageBlockPublicAccess: enableImageBlockPublicAccess,
  EnableImageDeprecation: enableImageDeprecation,
  EnableImageDeregistrationProtection: enableImageDeregistrationProtection,
  EnableSerialConsoleAccess: enableSerialConsoleAccess,
  EnableSnapshotBlockPublicAccess: enableSnapshotBlockPublicAccess,
  GetConsoleOutput: getConsoleOutput,
  GetEbsDefaultKmsKeyId: getEbsDefaultKmsKeyId,
  GetEbsEncryptionByDefault: getEbsEncryptionByDefault,
  GetImageBlockPublicAccessState: getImageBlockPublicAccessState,
  GetInstanceMetadataDefaults: getInstanceMetadataDefaults,
  GetInstanceUefiData: getInstanceUefiData,
  GetLaunchTemplateData: getLaunchTemplateData,
  GetPasswordData: getPasswordData,
  GetSerialConsoleAccessStatus: getSerialConsoleAccessStatus,
  GetSnapshotBlockPublicAccessState: getSnapshotBlockPublicAccessState,
  ImportKeyPair: importKeyPair,
  LockSnapshot: lockSnapshot,
  ModifyEbsDefaultKmsKeyId: modifyEbsDefaultKmsKeyId,
  ModifyFleet: modifyFleet,
  ModifyImageAttribute: modifyImageAttribute,
  ModifyInstanceAttribute: modifyInstanceAttribute,
  ModifyInstanceCreditSpecification: modifyInstanceCreditSpecification,
  ModifyInstanceMaintenanceOptions: modifyInstanceMaintenanceOptions,
  ModifyInstanceMetadataDefaults: modifyInstanceMetadataDefaults,
  ModifyInstanceMetadataOptions: modifyInstanceMetadataOptions,
  ModifyInstancePlacement: modifyInstancePlacement,
  ModifyLaunchTemplate: modifyLaunchTemplate,
  ModifyPrivateDnsNameOptions: modifyPrivateDnsNameOptions,
  ModifySnapshotAttribute: modifySnapshotAttribute,
  ModifySnapshotTier: modifySnapshotTier,
  ModifyVolume: modifyVolume,
  ModifyVolumeAttribute: modifyVolumeAttribute,
  MonitorInstances: monitorInstances,
  RebootInstances: rebootInstances,
  RegisterImage: registerImage,
  ReplaceIamInstanceProfileAssociation: replaceIamInstanceProfileAssociation,
  ResetEbsDefaultKmsKeyId: resetEbsDefaultKmsKeyId,
  ResetImageAttribute: resetImageAttribute,
  ResetInstanceAttribute: resetInstanceAttribute,
  ResetSnapshotAttribute: resetSnapshotAttribute,
  RestoreSnapshotTier: restoreSnapshotTier,
  RunInstances: runInstances,
  StartInstances: startInstances,
  StopInstances: stopInstances,
  TerminateInstances: terminateInstances,
  UnlockSnapshot: unlockSnapshot,
  UnmonitorInstances: unmonitorInstances,
}

const AGENDA: Readonly<Record<string, Step<void>>> = {
  ...SPOT_AGENDA,
  [FLEET_EVALUATE]: evaluateFleet,
  [FLEET_EXPIRE]: expireFleet,
  'ec2.forget-nat-gateway': forgetNatGateway,
  'ec2.fast-restore': restoreStep,
  'ec2.forget-instance': forgetInstance,
  'ec2.snapshot-completed': snapshotCompleted,
  'ec2.snapshot-lock': lockEnded,
  'ec2.snapshot-restore-expired': restoreExpired,
  'ec2.snapshot-tiered': snapshotTiered,
  'ec2.image-ready': imageReady,
  'ec2.root-volume-replaced': rootVolumeReplaced,
  'ec2.shut-down': shutDown,
  'ec2.snapshot-copied': snapshotCopied,
  'ec2.snapshots-completed': snapshotsCompleted,
  'ec2.transition': transition,
  'ec2.volume-initialized': volumeInitialized,
  'ec2.volume-modified': volumeModified,
  'ec2.volume-attached': volumeAttached,
  'ec2.volume-created': volumeCreated,
  'ec2.volume-deleted': volumeDeleted,
  'ec2.volume-detached': volumeDetached,
}

export interface Ec2 extends ServiceModule {
  /** Begins to take Spot Instances back, as AWS does when it needs their capacity. */
  interruptSpot(ids: readonly string[], options: InterruptOptions, ctx: Context): void
}

/** `timing` sets how long things take, `unknownImages` what an unknown AMI id means. */
export function createEc2(options: Ec2Options): Ec2 {
  const settings = settingsOf(options)
  return {
    definition: {
      name: 'ec2',
      operations: { ...bound(OPERATIONS, settings), CreateKeyPair: createKeyPair },
      denied,
      around: withDryRun,
    },
    agenda: bound(AGENDA, settings) as AgendaHandlers,
    interruptSpot: interruptSpotInstances,
  }
}

function bound<Result>(steps: Readonly<Record<string, Step<Result>>>, settings: Settings) {
  return Object.fromEntries(
    Object.entries(steps).map(([name, step]) => [
      name,
      (input: unknown, ctx: Context) => step(input, ctx, settings),
    ]),
  )
}

/** A dry run does everything, then throws, so that all of it is undone. */
function withDryRun(operation: Operation): Operation {
  return (input: { DryRun?: boolean }, ctx) => {
    const output = operation(input, ctx)
    if (input.DryRun) throw dryRunSucceeded()
    return output
  }
}
