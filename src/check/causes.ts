/** The events that calls of the EC2 API lead to. */
import { type Entry, type EventDocument, exampleOf, findEvent } from '../catalogue/index.ts'
import { API_CALL } from './catalogue-fields.ts'

export interface Consequence {
  entry: Entry
  document: EventDocument
}

/** By action: entries of the catalogue by name, with what is set in their examples. */
const CAUSES: Readonly<Record<string, readonly [name: string, set?: Record<string, string>][]>> = {
  'ec2:AttachVolume': [['ebs-volume-attach']],
  'ec2:CopyImage': [['ec2-ami-state-change']],
  'ec2:CopySnapshot': [['ebs-snapshot-copy']],
  'ec2:CreateImage': [['ec2-ami-state-change'], ['ebs-snapshot-create']],
  'ec2:CreateSnapshot': [['ebs-snapshot-create']],
  'ec2:CreateSnapshots': [
    ['ebs-multi-volume-snapshots-completion-status'],
    ['ebs-snapshot-create'],
  ],
  'ec2:CreateTags': [['tag-change-on-resource']],
  'ec2:CreateVolume': [['ebs-volume-create']],
  'ec2:DeleteTags': [['tag-change-on-resource']],
  'ec2:DeleteVolume': [['ebs-volume-delete']],
  'ec2:DeregisterImage': [['ec2-ami-state-change', { 'detail.State': 'deregistered' }]],
  'ec2:DisableImage': [['ec2-ami-state-change', { 'detail.State': 'disabled' }]],
  'ec2:EnableImage': [['ec2-ami-state-change']],
  'ec2:ModifySnapshotAttribute': [['ebs-snapshot-share']],
  'ec2:ModifyVolume': [['ebs-volume-modify']],
  'ec2:RegisterImage': [['ec2-ami-state-change']],
  'ec2:RunInstances': [entering('pending'), entering('running')],
  'ec2:StartInstances': [entering('pending'), entering('running')],
  'ec2:StopInstances': [entering('stopping'), entering('stopped')],
  'ec2:TerminateInstances': [entering('shutting-down'), entering('terminated')],
}

function entering(state: string): [string, Record<string, string>] {
  return ['ec2-instance-state-change', { 'detail.state': state }]
}

function told(set: Record<string, string>): [string, Record<string, string>] {
  return [API_CALL, set]
}

/** Actions whose calls lead to events. */
export const CAUSING: readonly string[] = Object.keys(CAUSES)

/** What the service sends, and what CloudTrail tells of the call. */
export function consequencesOf(action: string): Consequence[] {
  const caused = CAUSES[action]
  if (!caused) return []
  const [, eventName = ''] = action.split(':')
  return [...caused, told({ 'detail.eventName': eventName })].map(([name, set = {}]) => {
    const entry = findEvent(name)
    return { entry, document: exampleOf(entry, set) }
  })
}
