package windtunnel;

import com.amazonaws.services.lambda.runtime.Client;
import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import java.util.HashMap;
import java.util.Map;

final class InvocationContext implements Context {
    private final Api.Invocation invocation;

    InvocationContext(Api.Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public String getAwsRequestId() {
        return invocation.requestId();
    }

    @Override
    public String getLogGroupName() {
        return System.getenv("AWS_LAMBDA_LOG_GROUP_NAME");
    }

    @Override
    public String getLogStreamName() {
        return System.getenv("AWS_LAMBDA_LOG_STREAM_NAME");
    }

    @Override
    public String getFunctionName() {
        return System.getenv("AWS_LAMBDA_FUNCTION_NAME");
    }

    @Override
    public String getFunctionVersion() {
        return System.getenv("AWS_LAMBDA_FUNCTION_VERSION");
    }

    @Override
    public String getInvokedFunctionArn() {
        return invocation.header("lambda-runtime-invoked-function-arn");
    }

    @Override
    public int getRemainingTimeInMillis() {
        long deadline = Long.parseLong(invocation.header("lambda-runtime-deadline-ms"));
        return (int) Math.max(0, deadline - System.currentTimeMillis());
    }

    @Override
    public int getMemoryLimitInMB() {
        return Integer.parseInt(System.getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"));
    }

    @Override
    public LambdaLogger getLogger() {
        return Log.LOGGER;
    }

    @Override
    public String getTenantId() {
        return invocation.header("lambda-runtime-aws-tenant-id");
    }

    @Override
    public String getXrayTraceId() {
        return invocation.header("lambda-runtime-trace-id");
    }

    @Override
    public CognitoIdentity getIdentity() {
        Map<String, Object> identity = document("lambda-runtime-cognito-identity");
        if (identity == null) {
            return null;
        }
        return new CognitoIdentity() {
            @Override
            public String getIdentityId() {
                return text(identity, "cognitoIdentityId");
            }

            @Override
            public String getIdentityPoolId() {
                return text(identity, "cognitoIdentityPoolId");
            }
        };
    }

    @Override
    public ClientContext getClientContext() {
        Map<String, Object> context = document("lambda-runtime-client-context");
        if (context == null) {
            return null;
        }
        return new ClientContext() {
            @Override
            public Client getClient() {
                Object client = context.get("client");
                return client == null ? null : clientOf(strings(client));
            }

            @Override
            public Map<String, String> getCustom() {
                return strings(context.get("custom"));
            }

            @Override
            public Map<String, String> getEnvironment() {
                return strings(context.get("env"));
            }
        };
    }

    private static Client clientOf(Map<String, String> client) {
        return new Client() {
            @Override
            public String getInstallationId() {
                return client.get("installation_id");
            }

            @Override
            public String getAppTitle() {
                return client.get("app_title");
            }

            @Override
            public String getAppVersionName() {
                return client.get("app_version_name");
            }

            @Override
            public String getAppVersionCode() {
                return client.get("app_version_code");
            }

            @Override
            public String getAppPackageName() {
                return client.get("app_package_name");
            }
        };
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> document(String header) {
        String text = invocation.header(header);
        return text == null ? null : (Map<String, Object>) Json.parse(text);
    }

    private static String text(Map<String, Object> document, String name) {
        Object value = document.get(name);
        return value == null ? null : value.toString();
    }

    private static Map<String, String> strings(Object value) {
        Map<String, String> strings = new HashMap<>();
        if (value instanceof Map) {
            ((Map<?, ?>) value).forEach((key, item) ->
                    strings.put(key.toString(), item == null ? null : item.toString()));
        }
        return strings;
    }
}
