package com.amazonaws.services.lambda.runtime;

public final class LambdaRuntime {
    private static volatile LambdaLogger logger = windtunnel.Log.LOGGER;

    private LambdaRuntime() {}

    public static LambdaLogger getLogger() {
        return logger;
    }
}
