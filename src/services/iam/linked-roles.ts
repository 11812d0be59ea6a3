/**
 * The service-linked roles that AWS's services have: names, managed policies and descriptions.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
 */

export interface LinkedRole {
  /** `AWSServiceRoleForX` follows from it. */
  readonly name: string
  /** Its managed policy, where it has one. */
  readonly policy?: string
  /** What the role says of itself when the request does not. */
  readonly description?: string
  readonly takesSuffix?: true
}

/** By the name of the service, without what all names end in. */
const LINKED_ROLES: Readonly<Record<string, LinkedRole>> = {
  'accountdiscovery.ssm': {
    name: 'AmazonSSM_AccountDiscovery',
    policy: 'AWSSystemsManagerAccountDiscoveryServicePolicy',
  },
  acm: { name: 'CertificateManager', policy: 'CertificateManagerServiceRolePolicy' },
  'apidestinations.events': {
    name: 'AmazonEventBridgeApiDestinations',
    policy: 'AmazonEventBridgeApiDestinationsServiceRolePolicy',
  },
  appmesh: { name: 'AppMesh', policy: 'AWSAppMeshServiceRolePolicy' },
  'autoscaling-plans': {
    name: 'AutoScalingPlans_EC2AutoScaling',
    policy: 'AWSAutoScalingPlansEC2AutoScalingPolicy',
  },
  autoscaling: { name: 'AutoScaling', policy: 'AutoScalingServiceRolePolicy', takesSuffix: true },
  backup: { name: 'Backup', policy: 'AWSBackupServiceLinkedRolePolicyForBackup' },
  batch: { name: 'Batch', policy: 'BatchServiceRolePolicy' },
  'cassandra.application-autoscaling': {
    name: 'ApplicationAutoScaling_CassandraTable',
    policy: 'AWSApplicationAutoscalingCassandraTablePolicy',
  },
  'cks.kms': {
    name: 'KeyManagementServiceCustomKeyStores',
    policy: 'AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy',
  },
  cloudtrail: { name: 'CloudTrail', policy: 'CloudTrailServiceRolePolicy' },
  'codestar-notifications': {
    name: 'CodeStarNotifications',
    policy: 'AWSCodeStarNotificationsServiceRolePolicy',
  },
  config: { name: 'Config', policy: 'AWSConfigServiceRolePolicy' },
  connect: {
    name: 'AmazonConnect',
    policy: 'AmazonConnectServiceLinkedRolePolicy',
    takesSuffix: true,
  },
  'dms-fleet-advisor': { name: 'DMSFleetAdvisor', policy: 'AWSDMSFleetAdvisorServiceRolePolicy' },
  dms: { name: 'DMSServerless', policy: 'AWSDMSServerlessServiceRolePolicy' },
  'docdb-elastic': { name: 'DocDB-Elastic', policy: 'AmazonDocDB-ElasticServiceRolePolicy' },
  'ec2-instance-connect': { name: 'Ec2InstanceConnect', policy: 'Ec2InstanceConnectEndpoint' },
  'ec2.application-autoscaling': {
    name: 'ApplicationAutoScaling_EC2SpotFleetRequest',
    policy: 'AWSApplicationAutoscalingEC2SpotFleetRequestPolicy',
  },
  ec2fleet: { name: 'EC2Fleet', policy: 'AWSEC2FleetServiceRolePolicy' },
  ecr: { name: 'ECRTemplate', policy: 'ECRTemplateServiceRolePolicy' },
  ecs: { name: 'ECS', policy: 'AmazonECSServiceRolePolicy' },
  'eks-connector': { name: 'AmazonEKSConnector', policy: 'AmazonEKSConnectorServiceRolePolicy' },
  'eks-fargate': { name: 'AmazonEKSForFargate', policy: 'AmazonEKSForFargateServiceRolePolicy' },
  'eks-nodegroup': { name: 'AmazonEKSNodegroup', policy: 'AWSServiceRoleForAmazonEKSNodegroup' },
  eks: { name: 'AmazonEKS', policy: 'AmazonEKSServiceRolePolicy' },
  elasticache: { name: 'ElastiCache', policy: 'ElastiCacheServiceRolePolicy' },
  elasticbeanstalk: { name: 'ElasticBeanstalk', policy: 'AWSElasticBeanstalkServiceRolePolicy' },
  elasticfilesystem: {
    name: 'AmazonElasticFileSystem',
    policy: 'AmazonElasticFileSystemServiceRolePolicy',
  },
  elasticloadbalancing: {
    name: 'ElasticLoadBalancing',
    policy: 'AWSElasticLoadBalancingServiceRolePolicy',
  },
  'email.cognito-idp': {
    name: 'AmazonCognitoIdpEmailService',
    policy: 'AmazonCognitoIdpEmailServiceRolePolicy',
  },
  'emr-containers': { name: 'AmazonEMRContainers', policy: 'AmazonEMRContainersServiceRolePolicy' },
  emrwal: { name: 'EMRWAL', policy: 'EMRDescribeClusterPolicyForEMRWAL' },
  events: { name: 'CloudWatchEvents', policy: 'CloudWatchEventsServiceRolePolicy' },
  fis: { name: 'FIS', policy: 'AmazonFISServiceRolePolicy' },
  grafana: { name: 'AmazonGrafana', policy: 'AmazonGrafanaServiceLinkedRolePolicy' },
  imagebuilder: { name: 'ImageBuilder', policy: 'AWSServiceRoleForImageBuilder' },
  iotmanagedintegrations: {
    name: 'IoTManagedIntegrations',
    policy: 'AWSIoTManagedIntegrationsRolePolicy',
  },
  kafka: { name: 'Kafka', policy: 'KafkaServiceRolePolicy' },
  kafkaconnect: { name: 'KafkaConnect', policy: 'KafkaConnectServiceRolePolicy' },
  lakeformation: {
    name: 'LakeFormationDataAccess',
    policy: 'LakeFormationDataAccessServiceRolePolicy',
  },
  lambda: { name: 'Lambda' },
  lex: { name: 'LexBots', policy: 'AmazonLexBotPolicy' },
  lexv2: { name: 'LexV2Bots', policy: 'AmazonLexV2BotPolicy', takesSuffix: true },
  lightsail: { name: 'Lightsail', policy: 'LightsailExportAccess' },
  m2: { name: 'AWSM2', policy: 'AWSM2ServicePolicy' },
  memorydb: { name: 'MemoryDB', policy: 'MemoryDBServiceRolePolicy' },
  mq: { name: 'AmazonMQ', policy: 'AmazonMQServiceRolePolicy' },
  'mrk.kms': {
    name: 'KeyManagementServiceMultiRegionKeys',
    policy: 'AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy',
  },
  notifications: {
    name: 'AwsUserNotifications',
    policy: 'AWSUserNotificationsServiceLinkedRolePolicy',
  },
  'observability.aoss': {
    name: 'AmazonOpenSearchServerless',
    policy: 'AmazonOpenSearchServerlessServiceRolePolicy',
  },
  opensearchservice: {
    name: 'AmazonOpenSearchService',
    policy: 'AmazonOpenSearchServiceRolePolicy',
  },
  'ops.apigateway': { name: 'APIGateway', policy: 'APIGatewayServiceRolePolicy' },
  'ops.emr-serverless': {
    name: 'AmazonEMRServerless',
    policy: 'AmazonEMRServerlessServiceRolePolicy',
  },
  'opsdatasync.ssm': {
    name: 'SystemsManagerOpsDataSync',
    policy: 'AWSSystemsManagerOpsDataSyncServiceRolePolicy',
  },
  'opsinsights.ssm': {
    name: 'AmazonSSM_OpsInsights',
    policy: 'AWSSSMOpsInsightsServiceRolePolicy',
  },
  'pullthroughcache.ecr': {
    name: 'ECRPullThroughCache',
    policy: 'AWSECRPullThroughCache_ServiceRolePolicy',
  },
  ram: { name: 'ResourceAccessManager', policy: 'AWSResourceAccessManagerServiceRolePolicy' },
  rds: {
    name: 'RDS',
    policy: 'AmazonRDSServiceRolePolicy',
    description: 'Allows Amazon RDS to manage AWS resources on your behalf',
  },
  redshift: { name: 'Redshift', policy: 'AmazonRedshiftServiceLinkedRolePolicy' },
  'replication.cassandra': {
    name: 'KeyspacesReplication',
    policy: 'KeyspacesReplicationServiceRolePolicy',
  },
  'replication.ecr': { name: 'ECRReplication', policy: 'ECRReplicationServiceRolePolicy' },
  'repository.sync.codeconnections': { name: 'GitSync', policy: 'AWSGitSyncServiceRolePolicy' },
  'resource-explorer-2': {
    name: 'ResourceExplorer',
    policy: 'AWSResourceExplorerServiceRolePolicy',
  },
  rolesanywhere: { name: 'RolesAnywhere', policy: 'AWSRolesAnywhereServicePolicy' },
  's3-outposts': { name: 'S3OnOutposts', policy: 'AWSS3OnOutpostsServiceRolePolicy' },
  schemas: { name: 'Schemas', policy: 'AmazonEventBridgeSchemasServiceRolePolicy' },
  ses: { name: 'AmazonSES', policy: 'AmazonSESServiceRolePolicy' },
  shield: { name: 'AWSShield', policy: 'AWSShieldServiceRolePolicy' },
  spot: { name: 'EC2Spot', policy: 'AWSEC2SpotServiceRolePolicy' },
  spotfleet: { name: 'EC2SpotFleet', policy: 'AWSEC2SpotFleetServiceRolePolicy' },
  'ssm-incidents': { name: 'IncidentManager', policy: 'AWSIncidentManagerServiceRolePolicy' },
  'ssm-quicksetup': { name: 'SSMQuickSetup', policy: 'SSMQuickSetupRolePolicy' },
  ssm: {
    name: 'AmazonSSM',
    policy: 'AmazonSSMServiceRolePolicy',
    description: 'Provides access to AWS Resources managed or used by Amazon SSM.',
  },
  sso: {
    name: 'SSO',
    policy: 'AWSSSOServiceRolePolicy',
    description:
      'Service-linked role used by AWS SSO to manage AWS resources, including IAM ' +
      'roles, policies and SAML IdP on your behalf.',
  },
  transitgateway: { name: 'VPCTransitGateway' },
  'vpcorigin.cloudfront': {
    name: 'CloudFrontVPCOrigin',
    policy: 'AWSCloudFrontVPCOriginServiceRolePolicy',
  },
  waf: { name: 'WAFLogging', policy: 'WAFLoggingServiceRolePolicy' },
  wafv2: { name: 'WAFV2Logging', policy: 'WAFV2LoggingServiceRolePolicy' },
}

const DOMAIN = '.amazonaws.com'

/** `autoscaling.amazonaws.com`; undefined for a service that is not known to have such a role. */
export function linkedRoleOf(service: string): LinkedRole | undefined {
  if (!service.endsWith(DOMAIN)) return undefined
  const name = service.slice(0, -DOMAIN.length)
  return Object.hasOwn(LINKED_ROLES, name) ? LINKED_ROLES[name] : undefined
}
