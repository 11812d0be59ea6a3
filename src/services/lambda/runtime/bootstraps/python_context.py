"""The context object of the Python runtimes."""

import os
import time

import python_log

MS_PER_SECOND = 1000


class Shown:
    """Its slots are its attributes, shown in order."""

    __slots__ = []

    @classmethod
    def of(cls, values):
        if values is None:
            return None
        made = cls()
        for name in cls.__slots__:
            setattr(made, name, values.get(name))
        return made

    def __repr__(self):
        shown = ",".join("%s=%s" % (name, getattr(self, name)) for name in self.__slots__)
        return "%s([%s])" % (type(self).__name__, shown)


class CognitoIdentity(Shown):
    __slots__ = ["cognito_identity_id", "cognito_identity_pool_id"]


class Client(Shown):
    __slots__ = [
        "installation_id",
        "app_title",
        "app_version_name",
        "app_version_code",
        "app_package_name",
    ]


class ClientContext(Shown):
    __slots__ = ["custom", "env", "client"]


class LambdaContext:
    def __init__(self, headers, client_context, identity):
        env = os.environ
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = env.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = env.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = env.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.client_context = ClientContext.of(client_context)
        if self.client_context is not None:
            self.client_context.client = Client.of(self.client_context.client)
        found = identity or {}
        self.identity = CognitoIdentity()
        self.identity.cognito_identity_id = found.get("cognitoIdentityId")
        self.identity.cognito_identity_pool_id = found.get("cognitoIdentityPoolId")
        self._epoch_deadline_time_in_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        left = self._epoch_deadline_time_in_ms - int(time.time() * MS_PER_SECOND)
        return max(left, 0)

    def log(self, message):
        python_log.write(str(message))

    def __repr__(self):
        names = [name for name in vars(self) if name[0] != "_" and name != "tenant_id"]
        shown = ["%s=%s" % (name, getattr(self, name)) for name in names + ["tenant_id"]]
        return "LambdaContext([%s])" % ",".join(shown)
